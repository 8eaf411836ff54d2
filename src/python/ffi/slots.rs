//! Operators: which group of the operator table each of Python's number slots and comparisons calls.

use super::call::{self, funnel};
use super::group::Group;
use super::guard::guard;
use super::handles::{owned, tensor_ref};
use super::object::slot;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::python::numpy::is_array;
use crate::tape::record::flags;
use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use std::ffi::c_int;

/// What `number + tensor` calls, the tensor on the right.
#[derive(Clone, Copy)]
enum Reflected {
    /// The same group with its operands swapped: the tensor is torch's `self`, as in its `__radd__`.
    Swapped,
    /// The same group as written.
    Straight,
    /// Another group with its operands swapped.
    Other(&'static Group),
    /// The tensor's reciprocal times the number.
    Reciprocal,
}

/// "Try the other operand."
fn not_implemented() -> *mut PyObject {
    // SAFETY: the lock is held in every slot; the singleton is counted once more.
    unsafe {
        let singleton = ffi::Py_NotImplemented();
        ffi::Py_INCREF(singleton);
        singleton
    }
}

/// As torch does: an operand that the parser refuses is Python's to try the other way round.
fn or_not_implemented(result: *mut PyObject) -> *mut PyObject {
    // SAFETY: the lock is held in every slot.
    unsafe {
        if result.is_null() && ffi::PyErr_ExceptionMatches(ffi::PyExc_TypeError) != 0 {
            ffi::PyErr_Clear();
            return not_implemented();
        }
    }
    result
}

/// # Safety
/// In a slot: the lock is held and both operands are referred to by the caller.
#[inline(always)]
unsafe fn binary(
    py: Python<'_>,
    forward: &'static Group,
    reflected: Reflected,
    lhs: *mut PyObject,
    rhs: *mut PyObject,
) -> Result<*mut PyObject> {
    let forward = forward.place()?;
    // SAFETY: the caller's promise.
    let result = unsafe {
        let a = tensor_ref(lhs);
        if a.is_some() {
            call::binary_of(forward, lhs, a, rhs, false)
        } else {
            match reflected {
                Reflected::Straight => call::binary(forward, lhs, rhs, false),
                Reflected::Swapped => call::binary(forward, rhs, lhs, false),
                Reflected::Other(group) => call::binary(group.place()?, rhs, lhs, false),
                Reflected::Reciprocal => reciprocal_times(py, rhs, lhs)?,
            }
        }
    };
    Ok(or_not_implemented(result))
}

static RECIPROCAL: Group = Group::new("reciprocal");
static MUL: Group = Group::new("mul");

/// # Safety
/// As [`binary`].
unsafe fn reciprocal_times(py: Python<'_>, tensor: *mut PyObject, number: *mut PyObject) -> Result<*mut PyObject> {
    let (reciprocal, mul) = (RECIPROCAL.place()?, MUL.place()?);
    // SAFETY: the caller's promise; the reciprocal is held until the product is made.
    unsafe {
        if tensor_ref(tensor).is_some_and(|t| t.0.has(flags::SUBCLASS)) {
            let operands = [tensor, number].map(|object| Bound::from_borrowed_ptr(py, object));
            if let Some(answer) = funnel::offer_special(None, "__rtruediv__", &operands)? {
                return Ok(answer.into_ptr());
            }
        }
        let inverse = owned(py, call::unary(reciprocal, tensor))?;
        let product = call::binary(mul, inverse.as_ptr(), number, false);
        let product = or_not_implemented(product);
        if product == ffi::Py_NotImplemented() {
            // By the sign: an array of NumPy's is asked as well.
            ffi::Py_DECREF(product);
            return Ok(ffi::PyNumber_Multiply(inverse.as_ptr(), number));
        }
        Ok(product)
    }
}

macro_rules! binary {
    ($($name:ident = $group:literal, $reflected:expr;)*) => { $(
        /// # Safety
        /// Python calls slots with the lock held and both operands alive.
        unsafe extern "C" fn $name(lhs: *mut PyObject, rhs: *mut PyObject) -> *mut PyObject {
            static FORWARD: Group = Group::new($group);
            // SAFETY: the caller's promise.
            unsafe { guard(|py| binary(py, &FORWARD, $reflected, lhs, rhs)) }
        }
    )* };
}
static RSUB: Group = Group::new("rsub");

binary! {
    add = "add", Reflected::Swapped;
    subtract = "sub", Reflected::Other(&RSUB);
    multiply = "mul", Reflected::Swapped;
    true_divide = "div", Reflected::Reciprocal;
    floor_divide = "floor_divide", Reflected::Straight;
    remainder = "remainder", Reflected::Straight;
    matrix_multiply = "matmul", Reflected::Straight;
    and = "bitwise_and", Reflected::Swapped;
    or = "bitwise_or", Reflected::Swapped;
    xor = "bitwise_xor", Reflected::Swapped;
    lshift = "bitwise_left_shift", Reflected::Straight;
    rshift = "bitwise_right_shift", Reflected::Straight;
}

macro_rules! inplace {
    ($($name:ident = $group:literal;)*) => { $(
        /// # Safety
        /// Python calls slots with the lock held and both operands alive.
        unsafe extern "C" fn $name(lhs: *mut PyObject, rhs: *mut PyObject) -> *mut PyObject {
            static GROUP: Group = Group::new($group);
            // SAFETY: the caller's promise.
            unsafe {
                guard(|_py| Ok(or_not_implemented(call::binary(GROUP.place()?, lhs, rhs, true))))
            }
        }
    )* };
}
inplace! {
    inplace_add = "add";
    inplace_subtract = "sub";
    inplace_multiply = "mul";
    inplace_true_divide = "div";
    inplace_floor_divide = "floor_divide";
    inplace_remainder = "remainder";
    inplace_and = "bitwise_and";
    inplace_or = "bitwise_or";
    inplace_xor = "bitwise_xor";
    inplace_lshift = "bitwise_left_shift";
    inplace_rshift = "bitwise_right_shift";
}

macro_rules! unary {
    ($($name:ident = $group:literal;)*) => { $(
        /// # Safety
        /// Python calls slots with the lock held and the operand alive.
        unsafe extern "C" fn $name(operand: *mut PyObject) -> *mut PyObject {
            static GROUP: Group = Group::new($group);
            // SAFETY: the caller's promise.
            unsafe { guard(|_py| Ok(call::unary(GROUP.place()?, operand))) }
        }
    )* };
}
unary! {
    negative = "neg";
    absolute = "abs";
}

/// # Safety
/// Python calls slots with the lock held and the operand alive.
unsafe extern "C" fn invert(operand: *mut PyObject) -> *mut PyObject {
    static GROUP: Group = Group::new("bitwise_not");
    // SAFETY: the caller's promise.
    unsafe {
        guard(|_py| {
            if tensor_ref(operand).is_some_and(|t| t.dtype().is_differentiable()) {
                return Err(Error::type_error(
                    "~ (operator.invert) is only implemented on integer and Boolean-type tensors",
                ));
            }
            Ok(call::unary(GROUP.place()?, operand))
        })
    }
}

/// # Safety
/// Python calls slots with the lock held and the operand alive.
unsafe extern "C" fn positive(operand: *mut PyObject) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|_py| {
            if tensor_ref(operand).is_some_and(|t| t.dtype() == DType::Bool) {
                return Err(Error::runtime("The `+` operator, on a bool tensor is not supported."));
            }
            ffi::Py_INCREF(operand);
            Ok(operand)
        })
    }
}

static POW: Group = Group::new("pow");

/// # Safety
/// Python calls slots with the lock held and all operands alive.
unsafe extern "C" fn power(base: *mut PyObject, exponent: *mut PyObject, modulus: *mut PyObject) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            if modulus != ffi::Py_None() {
                return Ok(not_implemented());
            }
            binary(py, &POW, Reflected::Straight, base, exponent)
        })
    }
}

/// # Safety
/// Python calls slots with the lock held and all operands alive.
unsafe extern "C" fn inplace_power(
    base: *mut PyObject,
    exponent: *mut PyObject,
    _modulus: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe { guard(|_py| Ok(or_not_implemented(call::binary(POW.place()?, base, exponent, true)))) }
}

/// By Python's number of a comparison: `<`, `<=`, `==`, `!=`, `>`, `>=`.
static COMPARISONS: [Group; 6] =
    [Group::new("lt"), Group::new("le"), Group::new("eq"), Group::new("ne"), Group::new("gt"), Group::new("ge")];

/// # Safety
/// Python calls slots with the lock held and both operands alive, the left one of this type.
unsafe extern "C" fn richcompare(lhs: *mut PyObject, rhs: *mut PyObject, which: c_int) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        guard(|py| {
            let answer = binary(py, &COMPARISONS[which as usize], Reflected::Straight, lhs, rhs)?;
            if which == ffi::Py_EQ && answer == ffi::Py_NotImplemented() {
                // Counted by whom it belongs to: the one that is given back is another.
                ffi::Py_DECREF(answer);
                return equal_to_array(py, lhs, rhs);
            }
            Ok(answer)
        })
    }
}

/// `tensor == array` of NumPy's array, of whose elements torch makes a tensor here and nowhere else.
///
/// # Safety
/// As [`binary`].
#[cold]
unsafe fn equal_to_array(py: Python<'_>, lhs: *mut PyObject, rhs: *mut PyObject) -> Result<*mut PyObject> {
    // SAFETY: the caller refers to it.
    let array = unsafe { Bound::from_borrowed_ptr(py, rhs) };
    if !is_array(&array) {
        return Ok(not_implemented());
    }
    match py.import("wengert")?.getattr("from_numpy")?.call1((&array,)) {
        // SAFETY: the caller's promise, and what was made lives until the call is over.
        Ok(other) => unsafe { binary(py, &COMPARISONS[2], Reflected::Straight, lhs, other.as_ptr()) },
        Err(error) if error.is_instance_of::<pyo3::exceptions::PyTypeError>(py) => Ok(not_implemented()),
        Err(error) => Err(error.into()),
    }
}

/// What the type's spec gets from here.
pub(super) fn table() -> Vec<ffi::PyType_Slot> {
    vec![
        slot!(Py_nb_add, add, ffi::binaryfunc),
        slot!(Py_nb_subtract, subtract, ffi::binaryfunc),
        slot!(Py_nb_multiply, multiply, ffi::binaryfunc),
        slot!(Py_nb_true_divide, true_divide, ffi::binaryfunc),
        slot!(Py_nb_floor_divide, floor_divide, ffi::binaryfunc),
        slot!(Py_nb_remainder, remainder, ffi::binaryfunc),
        slot!(Py_nb_matrix_multiply, matrix_multiply, ffi::binaryfunc),
        slot!(Py_nb_and, and, ffi::binaryfunc),
        slot!(Py_nb_or, or, ffi::binaryfunc),
        slot!(Py_nb_xor, xor, ffi::binaryfunc),
        slot!(Py_nb_lshift, lshift, ffi::binaryfunc),
        slot!(Py_nb_rshift, rshift, ffi::binaryfunc),
        slot!(Py_nb_inplace_add, inplace_add, ffi::binaryfunc),
        slot!(Py_nb_inplace_subtract, inplace_subtract, ffi::binaryfunc),
        slot!(Py_nb_inplace_multiply, inplace_multiply, ffi::binaryfunc),
        slot!(Py_nb_inplace_true_divide, inplace_true_divide, ffi::binaryfunc),
        slot!(Py_nb_inplace_floor_divide, inplace_floor_divide, ffi::binaryfunc),
        slot!(Py_nb_inplace_remainder, inplace_remainder, ffi::binaryfunc),
        slot!(Py_nb_inplace_and, inplace_and, ffi::binaryfunc),
        slot!(Py_nb_inplace_or, inplace_or, ffi::binaryfunc),
        slot!(Py_nb_inplace_xor, inplace_xor, ffi::binaryfunc),
        slot!(Py_nb_inplace_lshift, inplace_lshift, ffi::binaryfunc),
        slot!(Py_nb_inplace_rshift, inplace_rshift, ffi::binaryfunc),
        slot!(Py_nb_power, power, ffi::ternaryfunc),
        slot!(Py_nb_inplace_power, inplace_power, ffi::ternaryfunc),
        slot!(Py_nb_negative, negative, ffi::unaryfunc),
        slot!(Py_nb_positive, positive, ffi::unaryfunc),
        slot!(Py_nb_absolute, absolute, ffi::unaryfunc),
        slot!(Py_nb_invert, invert, ffi::unaryfunc),
        slot!(Py_tp_richcompare, richcompare, ffi::richcmpfunc),
    ]
}
