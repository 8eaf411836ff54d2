//! Partial orders of keys that leave equal ones where torch leaves them.
//!
//! Which of several equal elements a selection finds follows from the order in which it compares and moves them. torch's
//! are those of its C++ library (a selection that partitions about a median of three and turns to a heap where that goes
//! on for too long; a heap of the first where few are wanted) and, for `kthvalue`, one by Hoare that partitions from both
//! ends. Places are not compared here: two elements of one key are equal.

use super::key::Packed;

/// Runs of at most so many elements are sorted by insertion.
const FEW: usize = 16;

/// Whether `a` comes before `b`.
#[inline(always)]
fn less<P: Packed>(a: P, b: P) -> bool {
    a.key() < b.key()
}

/// Brings the first `count` elements in front, as torch's `topk` does.
pub fn first<P: Packed>(keys: &mut [P], count: usize, sorted: bool) {
    if count == 0 {
        return;
    }
    if count.saturating_mul(64) <= keys.len() {
        return sort_first(keys, count);
    }
    select(keys, count - 1);
    if sorted {
        sort(&mut keys[..count - 1]);
    }
}

/// Brings element `k` of the ascending order to its place, smaller ones before it and larger ones behind.
pub fn select<P: Packed>(mut keys: &mut [P], mut k: usize) {
    let mut patience = patience(keys.len());
    while keys.len() > 3 {
        if patience == 0 {
            heap_of_first(keys, k + 1);
            return keys.swap(0, k);
        }
        patience -= 1;
        let cut = partition(keys);
        if cut <= k {
            keys = &mut keys[cut..];
            k -= cut;
        } else {
            keys = &mut keys[..cut];
        }
    }
    insert(keys);
}

/// Sorts all.
pub fn sort<P: Packed>(keys: &mut [P]) {
    sort_roughly(keys, patience(keys.len()));
    if keys.len() <= FEW {
        return insert(keys);
    }
    insert(&mut keys[..FEW]);
    for i in FEW..keys.len() {
        sink(keys, i);
    }
}

/// How often a range is cut before it is left to a heap.
fn patience(n: usize) -> u32 {
    2 * n.checked_ilog2().unwrap_or(0)
}

/// Sorts but for the order within runs of [`FEW`].
fn sort_roughly<P: Packed>(mut keys: &mut [P], mut patience: u32) {
    while keys.len() > FEW {
        if patience == 0 {
            let n = keys.len();
            return sort_first(keys, n);
        }
        patience -= 1;
        let cut = partition(keys);
        let (front, back) = keys.split_at_mut(cut);
        sort_roughly(back, patience);
        keys = front;
    }
}

/// Parts `keys` about the median of its second, middle and last element: none before the cut is above any behind it.
fn partition<P: Packed>(keys: &mut [P]) -> usize {
    let (a, b, c) = (1, keys.len() / 2, keys.len() - 1);
    let below = |i: usize, j: usize| less(keys[i], keys[j]);
    let median = if below(a, b) {
        if below(b, c) {
            b
        } else if below(a, c) {
            c
        } else {
            a
        }
    } else if below(a, c) {
        a
    } else if below(b, c) {
        c
    } else {
        b
    };
    keys.swap(0, median);
    let pivot = keys[0];
    let (mut i, mut j) = (1, keys.len());
    loop {
        while less(keys[i], pivot) {
            i += 1;
        }
        j -= 1;
        while less(pivot, keys[j]) {
            j -= 1;
        }
        if i >= j {
            return i;
        }
        keys.swap(i, j);
        i += 1;
    }
}

/// Sorts by insertion.
fn insert<P: Packed>(keys: &mut [P]) {
    for i in 1..keys.len() {
        if less(keys[i], keys[0]) {
            keys[..=i].rotate_right(1);
        } else {
            sink(keys, i);
        }
    }
}

/// Moves element `i` to the front as far as larger ones stand there; some element before it is not larger.
fn sink<P: Packed>(keys: &mut [P], mut i: usize) {
    let key = keys[i];
    while i > 0 && less(key, keys[i - 1]) {
        keys[i] = keys[i - 1];
        i -= 1;
    }
    keys[i] = key;
}

/// Sorts the first `count` elements of the order into the front.
fn sort_first<P: Packed>(keys: &mut [P], count: usize) {
    heap_of_first(keys, count);
    for end in (1..count).rev() {
        let key = keys[end];
        keys[end] = keys[0];
        settle(&mut keys[..end], 0, key);
    }
}

/// Makes of the front a heap, the largest on top, of the first `count` elements of the order.
fn heap_of_first<P: Packed>(keys: &mut [P], count: usize) {
    let (heap, others) = keys.split_at_mut(count);
    for parent in (0..count / 2).rev() {
        let key = heap[parent];
        settle(heap, parent, key);
    }
    for other in others {
        if less(*other, heap[0]) {
            let key = std::mem::replace(other, heap[0]);
            settle(heap, 0, key);
        }
    }
}

/// Puts `key` into a heap in place of element `top`: the hole goes down to a leaf, along the larger children, and the key
/// climbs from there.
fn settle<P: Packed>(heap: &mut [P], top: usize, key: P) {
    let (n, mut hole) = (heap.len(), top);
    while 2 * hole + 2 < n {
        let right = 2 * hole + 2;
        let child = if less(heap[right], heap[right - 1]) { right - 1 } else { right };
        heap[hole] = heap[child];
        hole = child;
    }
    if 2 * hole + 2 == n {
        heap[hole] = heap[n - 1];
        hole = n - 1;
    }
    while hole > top && less(heap[(hole - 1) / 2], key) {
        heap[hole] = heap[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    heap[hole] = key;
}

/// As [`select`], from both ends of the range about the median of its first, middle and last element.
pub fn quick_select<P: Packed>(keys: &mut [P], k: usize) {
    let (mut low, mut high) = (0, keys.len() - 1);
    while high > low + 1 {
        keys.swap(low + (high - low) / 2, low + 1);
        for (i, j) in [(low + 1, high), (low, high), (low + 1, low)] {
            if less(keys[j], keys[i]) {
                keys.swap(i, j);
            }
        }
        let pivot = keys[low];
        let (mut i, mut j) = (low + 1, high);
        loop {
            i += 1;
            while less(keys[i], pivot) {
                i += 1;
            }
            j -= 1;
            while less(pivot, keys[j]) {
                j -= 1;
            }
            if j < i {
                break;
            }
            keys.swap(i, j);
        }
        keys.swap(low, j);
        // One of both ends the search; each counts from the pivot's place.
        if j <= k {
            low = i;
        }
        if j >= k {
            if j == 0 {
                return;
            }
            high = j - 1;
        }
        if high <= low {
            return;
        }
    }
    if high == low + 1 && less(keys[high], keys[low]) {
        keys.swap(low, high);
    }
}
