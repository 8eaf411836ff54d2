//! Parts of AVX registers from and to memory.
//!
//! By branches on the count, which a loop over small operands predicts. The masked moves made for
//! this cost 8 ns a load and 15 ns a store on Zen 3, two of each a lane (on Intel they are cheap);
//! a padded copy on the stack costs a failed store forwarding.

use std::arch::x86_64::*;

/// The first `n < 4` float32 at `p`, zeros after them.
///
/// # Safety
/// They must be readable, and the processor must have AVX2; so for all functions here.
#[inline(always)]
unsafe fn load_ps(p: *const f32, n: usize) -> __m128 {
    // SAFETY: the caller's promise; `load_sd` reads 8 bytes of any alignment.
    unsafe {
        match n {
            0 => _mm_setzero_ps(),
            1 => _mm_load_ss(p),
            2 => _mm_castpd_ps(_mm_load_sd(p.cast())),
            _ => _mm_movelh_ps(_mm_castpd_ps(_mm_load_sd(p.cast())), _mm_load_ss(p.add(2))),
        }
    }
}

/// Writes the first `n < 4` float32 to `p`.
///
/// # Safety
/// They must be writable.
#[inline(always)]
unsafe fn store_ps(p: *mut f32, n: usize, x: __m128) {
    // SAFETY: the caller's promise.
    unsafe {
        if n & 2 != 0 {
            _mm_storel_pd(p.cast(), _mm_castps_pd(x));
            if n & 1 != 0 {
                _mm_store_ss(p.add(2), _mm_movehl_ps(x, x));
            }
        } else if n & 1 != 0 {
            _mm_store_ss(p, x);
        }
    }
}

/// The first `n < 8` float32 at `p`, zeros after them.
///
/// # Safety
/// They must be readable.
#[inline(always)]
unsafe fn load_256_ps(p: *const f32, n: usize) -> __m256 {
    // SAFETY: the caller's promise.
    unsafe {
        if n >= 4 {
            _mm256_set_m128(load_ps(p.add(4), n - 4), _mm_loadu_ps(p))
        } else {
            _mm256_zextps128_ps256(load_ps(p, n))
        }
    }
}

/// Writes the first `n < 8` float32 to `p`.
///
/// # Safety
/// They must be writable.
#[inline(always)]
unsafe fn store_256_ps(p: *mut f32, n: usize, x: __m256) {
    // SAFETY: the caller's promise.
    unsafe {
        let low = _mm256_castps256_ps128(x);
        if n >= 4 {
            _mm_storeu_ps(p, low);
            store_ps(p.add(4), n - 4, _mm256_extractf128_ps::<1>(x));
        } else {
            store_ps(p, n, low);
        }
    }
}

/// The first `n < 4` float64 at `p`, zeros after them.
///
/// # Safety
/// They must be readable.
#[inline(always)]
unsafe fn load_256_pd(p: *const f64, n: usize) -> __m256d {
    // SAFETY: the caller's promise.
    unsafe {
        match n {
            0 => _mm256_setzero_pd(),
            1 => _mm256_zextpd128_pd256(_mm_load_sd(p)),
            2 => _mm256_zextpd128_pd256(_mm_loadu_pd(p)),
            _ => _mm256_set_m128d(_mm_load_sd(p.add(2)), _mm_loadu_pd(p)),
        }
    }
}

/// Writes the first `n < 4` float64 to `p`.
///
/// # Safety
/// They must be writable.
#[inline(always)]
unsafe fn store_256_pd(p: *mut f64, n: usize, x: __m256d) {
    // SAFETY: the caller's promise.
    unsafe {
        let low = _mm256_castpd256_pd128(x);
        if n & 2 != 0 {
            _mm_storeu_pd(p, low);
            if n & 1 != 0 {
                _mm_store_sd(p.add(2), _mm256_extractf128_pd::<1>(x));
            }
        } else if n & 1 != 0 {
            _mm_store_sd(p, low);
        }
    }
}

macro_rules! lane_part {
    (
        $load:ident $store:ident $t:ident $reg:ident $half:literal;
        $whole:ident $put:ident $part:ident $put_part:ident $zero:ident
    ) => {
        /// The first `n` elements at `p` in two registers, zeros after them.
        ///
        /// # Safety
        /// They must be readable; `n` is at most two registers.
        #[inline(always)]
        pub unsafe fn $load(p: *const $t, n: usize) -> [$reg; 2] {
            // SAFETY: the caller's promise.
            unsafe {
                if n < $half {
                    [$part(p, n), $zero()]
                } else if n < 2 * $half {
                    [$whole(p), $part(p.add($half), n - $half)]
                } else {
                    [$whole(p), $whole(p.add($half))]
                }
            }
        }

        /// Writes the first `n` elements of two registers to `p`.
        ///
        /// # Safety
        /// They must be writable; `n` is at most two registers.
        #[inline(always)]
        pub unsafe fn $store(p: *mut $t, n: usize, x: [$reg; 2]) {
            // SAFETY: the caller's promise.
            unsafe {
                if n < $half {
                    return $put_part(p, n, x[0]);
                }
                $put(p, x[0]);
                if n < 2 * $half {
                    $put_part(p.add($half), n - $half, x[1]);
                } else {
                    $put(p.add($half), x[1]);
                }
            }
        }
    };
}

lane_part!(
    load_f32 store_f32 f32 __m256 8;
    _mm256_loadu_ps _mm256_storeu_ps load_256_ps store_256_ps _mm256_setzero_ps
);
lane_part!(
    load_f64 store_f64 f64 __m256d 4;
    _mm256_loadu_pd _mm256_storeu_pd load_256_pd store_256_pd _mm256_setzero_pd
);
