//! What Python passed, as a vectorcall has it.

use pyo3::ffi;

/// A call as Python made it: objects borrowed from the caller.
///
/// Invariant: the interpreter's lock is held while one exists, and its pointers are those of the
/// vectorcall that is running, so every object lives at least as long.
#[derive(Clone, Copy)]
pub struct Call {
    /// The method's object; null for a function.
    pub own: *mut ffi::PyObject,
    /// Those given by position, then those that `keywords` names.
    pub(super) args: *const *mut ffi::PyObject,
    /// How many were given by position.
    pub given: usize,
    pub(super) keywords: *mut ffi::PyObject,
}

impl Call {
    /// # Safety
    /// The lock is held; `args` are the `given` positional arguments followed by those that the tuple
    /// `keywords` (or null) names; all of it stays for as long as this does.
    #[inline(always)]
    pub unsafe fn new(
        own: *mut ffi::PyObject,
        args: *const *mut ffi::PyObject,
        given: usize,
        keywords: *mut ffi::PyObject,
    ) -> Call {
        Call { own, args, given, keywords }
    }

    /// How many arguments there are, the method's object among them, where all are given by position; else 0.
    #[inline(always)]
    pub fn by_position(&self) -> usize {
        if self.keywords.is_null() { self.given + usize::from(!self.own.is_null()) } else { 0 }
    }

    /// The argument at a position.
    #[inline(always)]
    pub fn positional(&self, i: usize) -> *mut ffi::PyObject {
        debug_assert!(i < self.given);
        // SAFETY: the invariant; callers stay below `given`.
        unsafe { *self.args.add(i) }
    }

    /// How many were given by keyword.
    #[inline]
    pub fn named(&self) -> usize {
        // SAFETY: the invariant.
        if self.keywords.is_null() { 0 } else { unsafe { ffi::PyTuple_Size(self.keywords) as usize } }
    }

    /// A keyword (empty where it is not UTF-8) and its argument.
    pub fn keyword(&self, k: usize) -> (&str, *mut ffi::PyObject) {
        let mut len = 0;
        // SAFETY: the invariant; `k` is below the tuple's length, and its elements are strings that keep
        // their UTF-8 form as long as they live.
        unsafe {
            let key = ffi::PyTuple_GetItem(self.keywords, k as ffi::Py_ssize_t);
            let text = ffi::PyUnicode_AsUTF8AndSize(key, &mut len);
            let text = if text.is_null() {
                ffi::PyErr_Clear();
                ""
            } else {
                std::str::from_utf8_unchecked(std::slice::from_raw_parts(text.cast(), len as usize))
            };
            (text, *self.args.add(self.given + k))
        }
    }

    /// The argument given by keyword for a parameter: by its own name, else by NumPy's name for it.
    pub(super) fn by_name(&self, name: &str) -> Option<*mut ffi::PyObject> {
        let find = |wanted: &str| (0..self.named()).map(|k| self.keyword(k)).find(|(key, _)| *key == wanted);
        find(name).or_else(|| aliases(name).iter().find_map(|alias| find(alias))).map(|(_, object)| object)
    }
}

/// NumPy's names for a parameter, which torch accepts too.
fn aliases(name: &str) -> &'static [&'static str] {
    match name {
        "dim" => &["axis"],
        "keepdim" => &["keepdims"],
        "input" => &["x", "a", "x1"],
        "other" => &["x2"],
        _ => &[],
    }
}
