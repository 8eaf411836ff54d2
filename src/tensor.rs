//! The counted handle to a tensor, which Rust users hold.
//!
//! `Tensor` is like `Rc`: it stays on its thread. `Data` (see `data.rs`) is what crosses threads.
//! Operators are methods from `ops::methods`; what stands here asks nothing of an operator.

use crate::data::Data;
use crate::dtype::{DType, Scalar};
use crate::error::{Class, Error, Result};
use crate::kernels::operand::{Dst, Src};
use crate::kernels::{self};
use crate::shape::{self, Dims, Layout};
use crate::storage::{self, Element, Storage};
use crate::tape::record::flags;
use crate::tape::{self, Geometry, Ref, TensorRecord, mode};
use std::cell::Ref as Borrow;

/// A tensor: a counted reference to its record.
///
/// Cloning names the same tensor; it copies no element.
#[derive(Clone)]
#[repr(transparent)]
pub struct Tensor(pub(crate) Ref<TensorRecord>);

/// What a tensor shows.
pub(crate) enum Seen<'a> {
    /// As it does now.
    Here(Borrow<'a, Geometry>),
    /// As it did.
    Along(Geometry),
}

impl std::ops::Deref for Seen<'_> {
    type Target = Geometry;
    #[inline(always)]
    fn deref(&self) -> &Geometry {
        match self {
            Seen::Here(g) => g,
            Seen::Along(g) => g,
        }
    }
}

/// How many elements a tensor of `shape` has, and how many bytes of `dtype`, or torch's error for a shape that cannot be.
#[inline]
fn measured(shape: &[i64], dtype: DType) -> Result<(i64, usize)> {
    // As `shape::numel` counts, in one walk with what else can be wrong.
    let (mut n, mut wrong) = (1u64, shape.len() > shape::MAX_DIMS);
    for &d in shape {
        let (product, overflows) = n.overflowing_mul(d as u64);
        (n, wrong) = (product, wrong | overflows | (d < 0));
    }
    let bytes = (n as i64).checked_mul(dtype.size() as i64);
    match bytes {
        Some(bytes) if !wrong && bytes >= 0 => Ok((n as i64, bytes as usize)),
        _ => Err(impossible(shape)),
    }
}

/// Why no tensor has this shape.
#[cold]
fn impossible(shape: &[i64]) -> Error {
    if shape.len() > shape::MAX_DIMS {
        return too_many_dims();
    }
    if let Some(&n) = shape.iter().find(|&&n| n < 0) {
        let dims = shape::list(shape);
        return Error::runtime(format!("Trying to create tensor with negative dimension {n}: {dims}"));
    }
    Error::storage_overflow(shape)
}

#[inline(always)]
fn storage_of(bytes: usize) -> Result<Ref<Storage>> {
    Ok(if bytes <= storage::INLINE {
        tape::place(|storage: &mut Storage| -> Result<()> {
            storage.be_inline(bytes);
            Ok(())
        })?
    } else {
        tape::insert(Storage::new(bytes)?)?
    })
}

impl Tensor {
    #[inline(always)]
    pub(crate) fn from_geometry(geometry: Geometry) -> Result<Tensor> {
        few_enough(&geometry.shape)?;
        counted(&geometry)?;
        Self::showing(|shown| *shown = geometry)
    }

    /// A tensor that nothing made, of which `show` says what it shows.
    #[inline(always)]
    fn showing(show: impl FnOnce(&mut Geometry)) -> Result<Tensor> {
        tape::place(|record: &mut TensorRecord| {
            record.begin(show);
            Ok(())
        })
        .map(Tensor)
    }

    /// The same where that can fail.
    #[inline(always)]
    fn showing_some<E: Into<Error>>(show: impl FnOnce(&mut Geometry) -> Result<(), E>) -> Result<Tensor> {
        tape::place(|record: &mut TensorRecord| record.begin(show).map_err(E::into)).map(Tensor)
    }

    /// A contiguous tensor whose elements are unspecified: torch's `empty`.
    #[inline]
    pub fn empty(shape: &[i64], dtype: DType) -> Result<Tensor> {
        let (numel, bytes) = measured(shape, dtype)?;
        if numel == 0 && shape::strides_overflow(shape) {
            return Err(Error::runtime("Stride calculation overflowed"));
        }
        let storage = storage_of(bytes)?;
        Self::showing_some(|shown| shown.be_new(dtype, shape, numel, storage))
    }

    /// A contiguous tensor of the shape that `g` has; its elements are unspecified.
    #[inline(never)]
    pub(crate) fn empty_like(g: &Geometry, dtype: DType) -> Result<Tensor> {
        // `g` is a run, so that its number of elements is exact.
        let bytes = (g.numel() as usize).checked_mul(dtype.size()).ok_or_else(|| Error::storage_overflow(&g.shape))?;
        let storage = storage_of(bytes)?;
        if g.is_usual() {
            return Self::showing(|shown| shown.be_like(g, dtype, storage));
        }
        Self::showing_some(|shown| shown.be_new(dtype, &g.shape, g.numel(), storage))
    }

    /// A number's tensor: no dimensions, one element that is unspecified.
    #[inline]
    pub(crate) fn empty_scalar(dtype: DType) -> Result<Tensor> {
        let storage = storage_of(dtype.size())?;
        Self::showing(|shown| shown.be_scalar(dtype, storage))
    }

    /// A tensor of dense strides in the order of dimensions that `strides` has.
    pub(crate) fn empty_strided(shape: &[i64], strides: &[i64], dtype: DType) -> Result<Tensor> {
        let storage = storage_of(measured(shape, dtype)?.1)?;
        Self::view_of(storage, dtype, (shape, strides, 0))
    }

    /// A tensor that shows `storage` so: extents, strides and the first element's place.
    #[inline]
    pub(crate) fn view_of(storage: Ref<Storage>, dtype: DType, layout: Layout<'_>) -> Result<Tensor> {
        few_enough(layout.0)?;
        Self::showing_some(|shown| {
            shown.be_view(dtype, layout, storage)?;
            counted(shown)
        })
    }

    /// A tensor with every element `value`.
    ///
    /// # Errors
    /// Where `dtype` does not hold the value.
    pub fn full(shape: &[i64], value: impl Into<Scalar>, dtype: DType) -> Result<Tensor> {
        let t = if shape.is_empty() { Self::empty_scalar(dtype)? } else { Self::empty(shape, dtype)? };
        t.fill(fitted(value.into(), dtype, t.numel())?)?;
        Ok(t)
    }

    /// A 0-d tensor of 1, which every type holds: what a sweep begins with.
    pub(crate) fn one(dtype: DType) -> Result<Tensor> {
        let t = Self::empty_scalar(dtype)?;
        let g = t.geometry();
        let dst = g.storage.dst_run(dtype, 0, 1).ok_or_else(outside)?;
        kernels::copy::fill_run(&dst, Scalar::Float(1.0));
        drop(g);
        Ok(t)
    }

    /// The same for a value that is converted as an element of another type is: cut, or infinite.
    pub(crate) fn converted(shape: &[i64], value: Scalar, dtype: DType) -> Result<Tensor> {
        let t = Self::empty(shape, dtype)?;
        t.fill(value)?;
        Ok(t)
    }

    /// Sets every element. It bumps no version.
    pub(crate) fn fill(&self, value: Scalar) -> Result<()> {
        let g = self.geometry();
        if !g.contiguous {
            return self.fill_strided(value);
        }
        g.storage.make_writable()?;
        let dst = g.storage.dst_run(g.dtype, g.offset, g.numel() as usize).ok_or_else(outside)?;
        kernels::copy::fill_run(&dst, value);
        Ok(())
    }

    /// Sets its elements to 0 when somebody looks at them, where it is all of a storage that nobody outside sees. False,
    /// with nothing done, where it is not.
    #[inline]
    pub(crate) fn clear_later(&self) -> bool {
        let g = self.geometry();
        g.is_whole() && g.storage.clear_later()
    }

    /// Whether its elements are still to be set to 0.
    #[inline]
    pub(crate) fn is_to_be_cleared(&self) -> bool {
        self.geometry().storage.is_to_be_cleared()
    }

    /// Adds a number to every element, where they are still to be set to 0 and are all of the storage; false, with nothing
    /// done, where not.
    pub(crate) fn add_to_zeros(&self, value: Scalar) -> Result<bool> {
        let g = self.geometry();
        if !g.storage.is_to_be_cleared() || !g.is_whole() {
            return Ok(false);
        }
        let sum = match value {
            Scalar::Float(x) => Scalar::Float(x + 0.0),
            Scalar::Complex(re, im) => Scalar::Complex(re + 0.0, im + 0.0),
            whole => whole,
        };
        g.storage.overwrite(|| self.fill(sum)).map(|()| true)
    }

    #[inline(never)]
    fn fill_strided(&self, value: Scalar) -> Result<()> {
        done(self.write(|dst| kernels::copy::fill(dst, value))?)
    }

    /// A tensor of `shape` with the elements of `values`, last dimension fastest.
    ///
    /// # Errors
    /// Where `values` has another number of elements than `shape`.
    pub fn from_slice<T: Element>(values: &[T], shape: &[i64]) -> Result<Tensor> {
        if shape::numel(shape) != Some(values.len() as i64) {
            return Err(Error::invalid_shape(shape, values.len() as i64));
        }
        let t = Self::empty(shape, T::DTYPE)?;
        let strides = shape::contiguous_strides(shape)?;
        let src = storage::slice_src(values, shape, &strides).ok_or_else(outside)?;
        done(t.write(|dst| kernels::copy::copy(dst, &src))?)?;
        Ok(t)
    }

    /// The elements, last dimension fastest, converted to `T`.
    ///
    /// # Errors
    /// Where there is no memory for them: an expanded tensor can have more elements than any memory.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        let g = self.geometry();
        let (mut out, n) = (Vec::new(), g.numel() as usize);
        out.try_reserve_exact(n).map_err(|_| Error::new(Class::Memory, ""))?;
        out.resize(n, T::default());
        let strides = shape::contiguous_strides(&g.shape)?;
        let dst = storage::slice_dst(&mut out, &g.shape, &strides).ok_or_else(outside)?;
        done(kernels::copy::copy(&dst, &src(&g)?))?;
        Ok(out)
    }

    /// A tensor over the bytes of `data`; nothing is copied until somebody writes.
    pub fn from_data(data: &Data) -> Result<Tensor> {
        let storage = tape::insert(Storage::from_shared(data.block().clone()))?;
        let strides = shape::contiguous_strides(data.shape())?;
        Self::view_of(storage, data.dtype(), (data.shape(), &strides, 0))
    }

    /// The elements as shared, immutable data; copied only where they are not contiguous, small
    /// enough to lie in the record, or visible to others.
    pub fn into_data(self) -> Result<Data> {
        let g = self.geometry();
        if g.contiguous && g.offset == 0 {
            return Ok(Data::new(g.storage.share()?, g.dtype, g.shape.to_vec()));
        }
        let copy = Self::empty(&g.shape, g.dtype)?;
        done(copy.write(|dst| src(&g).map(|s| kernels::copy::copy(dst, &s)))??)?;
        drop(g);
        copy.into_data()
    }

    /// What it shows of its storage.
    #[inline(always)]
    pub(crate) fn geometry(&self) -> Borrow<'_, Geometry> {
        self.0.geometry()
    }

    /// What it shows, borrowed; or taken along, for a kernel that runs `apart` ([`apart::run`]).
    pub(crate) fn seen(&self, apart: bool) -> Result<Seen<'_>> {
        let g = self.geometry();
        Ok(if apart { Seen::Along(g.duplicate()?) } else { Seen::Here(g) })
    }

    /// Runs a kernel that reads its elements.
    #[inline]
    pub(crate) fn read<R>(&self, f: impl FnOnce(&Src) -> R) -> Result<R> {
        let g = self.geometry();
        Ok(f(&src(&g)?))
    }

    /// Runs a kernel that writes its elements. It bumps no version: that is the operator's affair.
    #[inline]
    pub(crate) fn write<R>(&self, f: impl FnOnce(&Dst) -> R) -> Result<R> {
        let g = self.geometry();
        g.storage.make_writable()?;
        let dst = g.storage.dst(g.dtype, &g.shape, &g.strides, g.offset).ok_or_else(outside)?;
        Ok(f(&dst))
    }

    /// The same, with the elements seen so from the first on: no view of it is made for that.
    #[inline]
    pub(crate) fn write_as<R>(&self, shape: &[i64], strides: &[i64], f: impl FnOnce(&Dst) -> R) -> Result<R> {
        let g = self.geometry();
        g.storage.make_writable()?;
        let dst = g.storage.dst(g.dtype, shape, strides, g.offset).ok_or_else(outside)?;
        Ok(f(&dst))
    }

    /// The element type.
    #[inline]
    pub fn dtype(&self) -> DType {
        self.geometry().dtype
    }

    /// The extent of each dimension.
    pub fn shape(&self) -> Vec<i64> {
        self.geometry().shape.to_vec()
    }

    /// The same without the heap, for the operators: few tensors have more than four dimensions.
    pub(crate) fn sizes(&self) -> Result<Dims> {
        Ok(self.geometry().shape.duplicate()?)
    }

    /// Elements from one index to the next, in each dimension.
    pub fn strides(&self) -> Vec<i64> {
        self.geometry().strides.to_vec()
    }

    /// The number of dimensions.
    #[inline]
    pub fn ndim(&self) -> usize {
        self.geometry().shape.len()
    }

    /// The number of elements.
    #[inline]
    pub fn numel(&self) -> i64 {
        self.geometry().numel()
    }

    /// Whether the elements lie in one run, last dimension fastest.
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        self.geometry().contiguous
    }

    /// The one element.
    ///
    /// # Errors
    /// Where there is not exactly one.
    pub fn item(&self) -> Result<Scalar> {
        let n = self.numel();
        if n != 1 {
            return Err(Error::runtime(format!("a Tensor with {n} elements cannot be converted to Scalar")));
        }
        self.read(kernels::copy::read_scalar)?.ok_or_else(outside)
    }

    /// Whether a gradient is wanted: a leaf that asked for one, or anything computed from such a leaf.
    #[inline(always)]
    pub fn requires_grad(&self) -> bool {
        self.0.has(flags::REQUIRES_GRAD | flags::HAS_NODE) || self.0.has(flags::VIEW) && self.base_requires_grad()
    }

    /// Whether what the view shows has become part of a graph since.
    #[inline(never)]
    fn base_requires_grad(&self) -> bool {
        let side = self.0.side.get();
        side.is_some_and(|side| {
            side.view.borrow().as_ref().is_some_and(|view| Tensor(view.base.clone()).requires_grad())
        })
    }

    /// Whether nothing recorded made it.
    #[inline]
    pub fn is_leaf(&self) -> bool {
        !self.0.has(flags::HAS_NODE)
    }

    /// The accumulated gradient, if any.
    pub fn grad(&self) -> Option<Tensor> {
        self.0.grad.get().map(Tensor)
    }

    /// Replaces the accumulated gradient without any check.
    pub(crate) fn put_grad(&self, grad: Option<Tensor>) {
        self.0.grad.set(grad.map(|g| g.0));
    }

    /// Asks for a gradient, or no longer: torch's `requires_grad_`.
    ///
    /// # Errors
    /// Where the elements are whole numbers, or the tensor is no leaf and `on` is false.
    pub fn requires_grad_(&self, on: bool) -> Result<&Self> {
        if !self.is_leaf() {
            if !on {
                return Err(Error::runtime(
                    "you can only change requires_grad flags of leaf variables. If you want to use a computed variable \
                     in a subgraph that doesn't require differentiation use var_no_grad = var.detach().",
                ));
            }
        } else if on && self.0.has(flags::INFERENCE) && !mode::is_inference() {
            return Err(Error::runtime(
                "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.",
            ));
        } else if on && !self.dtype().is_differentiable() {
            return Err(Error::runtime("only Tensors of floating point dtype can require gradients"));
        } else {
            self.0.set_flag(flags::REQUIRES_GRAD, on);
        }
        Ok(self)
    }

    /// The number of in-place writes that its version cell has counted.
    pub fn version(&self) -> u32 {
        self.0.version()
    }

    /// Whether both name one tensor.
    #[inline]
    pub fn same(&self, other: &Tensor) -> bool {
        self.0.same(&other.0)
    }

    /// Whether this reference is the only way to the bytes, which are private to their storage and lie in one run.
    #[inline(always)]
    pub(crate) fn is_unshared(&self) -> bool {
        let g = self.geometry();
        self.0.count() == 1 && self.0.handle() == 0 && g.storage.count() == 1 && g.storage.is_private() && g.contiguous
    }

    /// A record of its own that shows the same bytes.
    pub(crate) fn same_view(&self) -> Result<Tensor> {
        Self::showing_some(|shown| shown.be_same(&self.geometry()))
    }

    /// A record beside this one that shows the same bytes, shares the version cell and has no graph.
    pub(crate) fn alias(&self) -> Result<Tensor> {
        let alias = self.same_view()?;
        alias.0.share_version(self.0.version_cell()?);
        alias.0.set_flag(flags::INFERENCE, self.0.has(flags::INFERENCE));
        Ok(alias)
    }

    /// The same elements without the graph; an in-place write to either is seen and counted by both.
    pub fn detach(&self) -> Result<Tensor> {
        self.alias()
    }
}

/// An operand to read.
#[inline]
pub(crate) fn src<'a>(g: &'a Geometry) -> Result<Src<'a>> {
    g.storage.src(g.dtype, &g.shape, &g.strides, g.offset).ok_or_else(outside)
}

/// The number as one that `count` elements of `dtype` hold.
///
/// One element takes a number by way of float64 in torch: what is too great for float16 or bfloat16 becomes infinite there.
///
/// # Errors
/// torch's, where it is beyond the type's range, or complex for a real type.
#[inline]
pub(crate) fn fitted(number: Scalar, dtype: DType, count: i64) -> Result<Scalar> {
    let by_way_of = if count == 1 && dtype.is_half() { DType::Float64 } else { dtype };
    number.fitted(by_way_of).ok_or_else(|| Error::overflow(by_way_of))
}

/// The error for a kernel that refused its operands: a shape rule above it has let something through.
#[inline]
pub(crate) fn done(by_kernel: bool) -> Result<()> {
    if by_kernel { Ok(()) } else { Err(Error::runtime("internal error: a kernel refused its operands")) }
}

/// Refuses more dimensions than a walk has.
#[inline(always)]
fn few_enough(shape: &[i64]) -> Result<()> {
    if shape.len() > shape::MAX_DIMS { Err(too_many_dims()) } else { Ok(()) }
}

/// Refuses more elements than 63 bits count.
#[inline(always)]
fn counted(g: &Geometry) -> Result<()> {
    if g.numel() < 0 { Err(Error::numel_overflow()) } else { Ok(()) }
}

#[cold]
fn too_many_dims() -> Error {
    Error::runtime(format!("tensors of more than {} dimensions are not supported", shape::MAX_DIMS))
}

#[cold]
pub(crate) fn outside() -> Error {
    Error::runtime("a tensor's elements lie outside its storage, which was shrunk or is too small for its strides")
}
