//! The arguments of one call, on its stack.

use super::numbers::{self, narrow};
use crate::create::default_dtype;
use crate::dtype::{Category, DType, Scalar};
use crate::error::{Error, Result};
use crate::ops::row::Overload;
use crate::ops::signature::{Kind, MAX_PARAMS};
use crate::ops::value::Arg;
use crate::shape::Dims;
use crate::tensor::Tensor;
use pyo3::ffi;
use std::mem::MaybeUninit;

/// Arguments matched to the parameters, `out` apart.
pub struct Bound<'a> {
    slots: [MaybeUninit<Arg<'a>>; MAX_PARAMS],
    /// The first `len` slots are written.
    len: usize,
    /// Where the result goes.
    pub out: Option<&'a Tensor>,
    /// Whether one of them has memory of its own, so that there is something to drop.
    owns: bool,
    /// The flags of every tensor among them.
    pub flags: u32,
    /// Whether an argument is an object that wants the call for itself; its slot holds nothing then.
    pub overloaded: bool,
    /// What a host's function takes as it is; null where nothing was given.
    pub object: *mut ffi::PyObject,
    /// What is wrong with a call that fits.
    pub(super) late: Option<Error>,
    /// Whether an argument is an integer that only 64 bits without a sign hold, of which nobody has said what it means.
    wide: bool,
}

impl<'a> Bound<'a> {
    /// No arguments yet.
    #[inline(always)]
    pub fn new() -> Self {
        Bound {
            slots: [const { MaybeUninit::uninit() }; MAX_PARAMS],
            len: 0,
            owns: false,
            out: None,
            flags: 0,
            overloaded: false,
            object: std::ptr::null_mut(),
            late: None,
            wide: false,
        }
    }

    /// The arguments in the order of the parameters.
    #[inline(always)]
    pub fn args(&self) -> &[Arg<'a>] {
        // SAFETY: the first `len` slots are written, and `Arg` and its MaybeUninit are laid out alike.
        unsafe { std::slice::from_raw_parts(self.slots.as_ptr().cast(), self.len) }
    }

    /// Appends one.
    #[inline(always)]
    pub(super) fn push(&mut self, arg: Arg<'a>) {
        self.owns |= matches!(arg, Arg::Dims(Dims::Pooled(_)) | Arg::Tensors(_));
        self.slot().write(arg);
    }

    /// The next argument's place, which the caller writes.
    #[inline(always)]
    fn slot(&mut self) -> &mut MaybeUninit<Arg<'a>> {
        let slot = &mut self.slots[self.len];
        self.len += 1;
        slot
    }

    // The usual ones are functions of their own, which write where the argument stays: inlined into one walk, all of them
    // would be laid down in one place, word by word, and copied from there in larger pieces, for which the processor waits.
    // (What could be dropped on the way, by a place that is not there, would be laid down elsewhere too: first the place.)

    /// Appends nothing: what was left out.
    #[inline(never)]
    pub(super) fn nothing(&mut self) {
        self.slot().write(Arg::None);
    }

    /// Appends a whole number.
    #[inline(never)]
    pub(super) fn int(&mut self, n: i64) {
        self.slot().write(Arg::Int(n));
    }

    /// Appends a truth value.
    #[inline(never)]
    pub(super) fn truth(&mut self, truth: bool) {
        self.slot().write(Arg::Bool(truth));
    }

    /// Appends a number.
    #[inline(never)]
    pub(super) fn number(&mut self, number: Scalar) {
        self.slot().write(Arg::Number(number));
    }

    /// Appends a type.
    #[inline(never)]
    pub(super) fn dtype(&mut self, dtype: DType) {
        self.slot().write(Arg::DType(dtype));
    }

    /// Appends sizes.
    #[inline(never)]
    pub(super) fn dims(&mut self, dims: Dims) {
        match dims {
            // In words, as they were just written.
            Dims::Inline(n, [a, b, c, d]) => {
                self.slot().write(Arg::Dims(Dims::Inline(n, [a, b, c, d])));
            }
            pooled => self.push(Arg::Dims(pooled)),
        }
    }

    /// Appends up to four sizes, which `each` tells; false, with nothing appended, where it tells one of none.
    #[inline(always)]
    pub(super) fn inline_dims(&mut self, n: usize, each: impl Fn(usize) -> Option<i64>) -> bool {
        // Number by number where they stay, as whoever reads them will.
        let slot = self.slot().write(Arg::Dims(Dims::Inline(n as u64, [0; 4])));
        let Arg::Dims(Dims::Inline(_, list)) = slot else { return false };
        for (i, to) in list.iter_mut().enumerate().take(n) {
            let Some(extent) = each(i) else {
                self.len -= 1;
                return false;
            };
            *to = extent;
        }
        true
    }

    /// Appends a tensor.
    #[inline(always)]
    pub fn tensor(&mut self, tensor: &'a Tensor) {
        self.flags |= tensor.0.flags();
        self.slot().write(Arg::Tensor(tensor));
    }

    /// Appends `n` arguments that were left out.
    #[inline(always)]
    pub fn leave_out(&mut self, n: usize) {
        for _ in 0..n {
            self.slot().write(Arg::None);
        }
    }

    /// The same, till there are `n` in all.
    #[inline(always)]
    pub(super) fn leave_out_up_to(&mut self, n: usize) {
        self.leave_out(n.saturating_sub(self.len));
    }

    /// Appends an integer that only 64 bits without a sign hold.
    #[cold]
    pub(super) fn push_wide(&mut self, wide: u64) {
        self.wide = true;
        self.push(Arg::Wide(wide));
    }

    /// Decides what such integers mean to `overload`, now that all the tensors are known.
    ///
    /// # Errors
    /// Those of [`narrow`]; and what was put off till the call fits.
    #[inline(always)]
    pub(super) fn settle(&mut self, overload: &Overload) -> Result<()> {
        if let Some(late) = self.late.take() {
            return Err(late);
        }
        if self.wide { self.settle_wide(overload) } else { Ok(()) }
    }

    #[cold]
    fn settle_wide(&mut self, overload: &Overload) -> Result<()> {
        let kind = |at: usize| overload.signature.params().get(at).map(|p| p.kind);
        for i in 0..self.len {
            // An operator that takes a value decides by itself.
            if let (Arg::Wide(wide), false) = (&self.args()[i], kind(i) == Some(Kind::Value)) {
                let number = self.meant(overload, i, *wide)?;
                self.slots[i].write(Arg::Number(number));
            }
        }
        Ok(())
    }

    /// What the integer `wide` means as argument `i`.
    fn meant(&self, overload: &Overload, i: usize, wide: u64) -> Result<Scalar> {
        let param = |at: usize| overload.signature.params().get(at);
        // A number that is an operand, or one of the two that are chosen from.
        let raises = |at: usize| {
            matches!(param(at).map(|p| p.kind), Some(Kind::Operand | Kind::Lax)) || overload.signature.name == "where"
        };
        let types = self.args().iter().enumerate().filter_map(|(at, arg)| match arg {
            Arg::Tensor(t) if param(at).is_none_or(|p| p.name != "index") => Some(t.dtype()),
            Arg::Number(other) if at != i && raises(at) => Some(other.dtype(default_dtype())),
            _ => None,
        });
        if raises(i) && self.args().iter().all(|arg| arg.tensor().is_none()) {
            // Of two numbers: the types' names stand in their order.
            let name = |at: usize| match self.args().get(at) {
                Some(Arg::Number(other)) if other.category() > Category::Integral => None,
                Some(Arg::Number(other)) => Some(other.dtype(default_dtype()).scalar_name()),
                Some(Arg::Wide(_)) => Some("UInt64"),
                _ => None,
            };
            if let (Some(a), Some(b)) = (name(0), name(1)) {
                return Err(numbers::no_unsigned(a, b));
            }
        }
        narrow(overload, i, wide, types)
    }

    /// Drops what was matched: for another try, or before Python runs.
    pub fn clear(&mut self) {
        *self = Bound::new();
    }
}

impl Drop for Bound<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        while self.owns && self.len > 0 {
            self.len -= 1;
            // SAFETY: it was written, and the length no longer covers it.
            unsafe { self.slots[self.len].assume_init_drop() };
        }
    }
}
