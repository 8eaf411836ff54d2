//! What walks a record: reverse mode over nodes, and the entry points `backward` and `grad`.
//!
//! What must not come here: an operator's rule (those are rows), and anything of a host language.

mod anomaly;
pub mod faces;
pub mod forward;
pub mod frame;
pub mod function;
pub mod hooks;
mod leaves;
pub mod native;
pub mod reverse;
mod targets;

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::kernels;
use crate::ops::apply::{Operand, pointwise};
use crate::ops::copy;
use crate::ops::direct::{self, Formula};
use crate::ops::edge::{edge_of, edge_of_operand, wants_gradient};
use crate::ops::elements::compare::Ne;
use crate::ops::elements::pointwise::Add;
use crate::ops::value;
use crate::shape;
use crate::tape::record::flags;
use crate::tape::{Edge, Geometry, mode};
use crate::tensor::Tensor;
use reverse::{Request, run, run_from};
use targets::Targets;

/// How a sweep is run.
#[derive(Clone, Copy, Default)]
pub struct Options {
    /// Whether nodes keep what they saved; by default they do where the sweep is recorded.
    pub retain_graph: Option<bool>,
    /// Whether the sweep is recorded, so that gradients can be differentiated again.
    pub create_graph: bool,
}

/// Adds the gradients of `roots` to `.grad` of the leaves (or of `inputs`, where given).
///
/// `seeds` holds the cotangent of each root; none for a root of one element, whose seed is 1.
///
/// # Errors
/// torch's, in torch's words: a root without a graph, a seed of another shape, a graph swept twice, a
/// saved tensor that was written since; and whatever a hook or a user's function raises.
pub fn backward(roots: &[Tensor], seeds: &[Option<Tensor>], options: Options, inputs: Option<&[Tensor]>) -> Result<()> {
    if let ([root], [], None) = (roots, seeds, inputs) {
        return backward_from(root, options);
    }
    if inputs.is_some_and(<[Tensor]>::is_empty) {
        return Err(Error::runtime("`inputs` argument to `backward()` cannot be empty."));
    }
    let retain = options.retain_graph.unwrap_or(options.create_graph);
    // Seeds are made before anything runs, so that an error leaves everything as it was.
    for (i, root) in roots.iter().enumerate() {
        check_root(i, root, seeds.get(i).and_then(Option::as_ref))?;
    }
    let mut targets = match inputs {
        None => Targets::default(),
        Some(inputs) => {
            // What is no leaf retains its gradient from now on: the sweep puts it there, as for any other that does.
            inputs.iter().try_for_each(hooks::retain_grad)?;
            Targets::new(inputs.iter().map(edge_of).collect::<Result<_>>()?)
        }
    };
    let _mode = mode::GradMode::new(options.create_graph);
    let starts = roots.iter().enumerate().map(|(i, root)| start(i, root, seeds.get(i).and_then(Option::as_ref)));
    run(Request { targets: &mut targets, retain, accumulate: true }, starts)
}

/// The same from one root of one element, to every leaf: a training loop's own call.
fn backward_from(root: &Tensor, options: Options) -> Result<()> {
    check_root(0, root, None)?;
    let _mode = mode::GradMode::new(options.create_graph);
    let (root, seed) = start(0, root, None)?;
    run_from(&root, seed, options.retain_graph.unwrap_or(options.create_graph))
}

/// The gradients of `outputs` with respect to `inputs`; none for an input that no output depends on.
///
/// # Errors
/// As [`backward`]; `.grad` is left alone.
pub fn grad(
    outputs: &[Tensor],
    inputs: &[Tensor],
    seeds: &[Option<Tensor>],
    options: Options,
) -> Result<Vec<Option<Tensor>>> {
    if inputs.is_empty() {
        return Err(Error::value("grad requires non-empty inputs."));
    }
    for (i, root) in outputs.iter().enumerate() {
        check_root(i, root, seeds.get(i).and_then(Option::as_ref))?;
    }
    if !inputs.iter().all(wants_gradient) {
        return Err(Error::runtime("One of the differentiated Tensors does not require grad"));
    }
    let mut targets = Targets::new(inputs.iter().map(edge_of).collect::<Result<_>>()?);
    let retain = options.retain_graph.unwrap_or(options.create_graph);
    let _mode = mode::GradMode::new(options.create_graph);
    let starts = outputs.iter().enumerate().map(|(i, root)| start(i, root, seeds.get(i).and_then(Option::as_ref)));
    run(Request { targets: &mut targets, retain, accumulate: false }, starts)?;
    Ok(targets.into_cotangents())
}

fn check_root(i: usize, root: &Tensor, seed: Option<&Tensor>) -> Result<()> {
    if seed.is_none() && root.numel() != 1 {
        if wants_gradient(root) {
            return Err(Error::runtime("grad can be implicitly created only for scalar outputs"));
        }
    } else if seed.is_none() && root.dtype().is_complex() && wants_gradient(root) {
        return Err(Error::runtime(format!(
            "grad can be implicitly created only for real scalar outputs but got {}",
            root.dtype()
        )));
    }
    if let Some(seed) = seed {
        let (s, r) = (seed.geometry(), root.geometry());
        if *s.shape != *r.shape {
            return Err(Error::runtime(format!(
                "Mismatch in shape: grad_output[{i}] has a shape of torch.Size({}) and output[{i}] has a shape of \
                 torch.Size({}).",
                shape::list(&s.shape),
                shape::list(&r.shape)
            )));
        }
        if s.dtype.is_complex() != r.dtype.is_complex() {
            return Err(Error::runtime(format!(
                "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in \
                 dtype: grad_output[{i}] has a dtype of {} and output[{i}] has a dtype of {}.",
                s.dtype, r.dtype
            )));
        }
    }
    if !wants_gradient(root) {
        return Err(no_history(i));
    }
    Ok(())
}

#[cold]
fn no_history(i: usize) -> Error {
    Error::runtime(format!("element {i} of tensors does not require grad and does not have a grad_fn"))
}

fn start(i: usize, root: &Tensor, seed: Option<&Tensor>) -> Result<(Edge, Tensor)> {
    let seed = match seed {
        Some(seed) => copy::to(seed, root.dtype())?,
        None if root.ndim() == 0 => Tensor::one(root.dtype())?,
        None => Tensor::full(&root.geometry().shape, 1.0, root.dtype())?,
    };
    let edge = edge_of_operand(root)?;
    // A view that no_grad made of a computed tensor wants a gradient and leads nowhere.
    if !edge.is_some() {
        return Err(no_history(i));
    }
    Ok((edge, seed))
}

/// Adds `g` to `.grad` of `t`: in that of a leaf in place where one is there and the sweep is not recorded, whoever
/// else holds it; else as a new tensor.
pub fn accumulate_grad(t: &Tensor, g: Tensor) -> Result<()> {
    if let Some(old) = t.grad() {
        let ins = [Operand::Tensor(&old), Operand::Tensor(&g)];
        let fresh = mode::is_grad_enabled() || !t.is_leaf();
        if mode::wants_values_alone() && !fresh && !old.0.has(flags::INFERENCE) {
            // In the steady state of a training loop: types and shapes agree, and nothing is recorded.
            let ins = [direct::to_be_added_to(&old), Operand::Tensor(&g)];
            let done = direct::write(Formula::of(Add::ROW), &ins, &old, false)?;
            if direct::counted(&old, done) {
                return Ok(());
            }
        }
        let target = if fresh { value::Target::Fresh } else { value::Target::InPlace };
        let sum = pointwise(Add::OPERATOR, Add::ROW, 0, &ins, target)?;
        if !sum.same(&old) {
            t.put_grad(Some(sum));
        }
        return Ok(());
    }
    let own = if mode::is_grad_enabled() && t.is_leaf() {
        let own = laid_like_leaf(t, g.dtype())?;
        copy::copy_(&own, &g)?;
        own
    } else if !t.is_leaf() {
        // What a result retains is contiguous, in its own shape: the result may show another one by now.
        let kept = !mode::is_grad_enabled() && g.is_unshared() && g.geometry().is_standard();
        if kept { g } else { copy::contiguous_copy(&g)? }
    } else if g.0.count() == 1 && g.0.handle() == 0 && lies_as_leaf(t, &g) {
        // torch takes such a tensor over as it lies. Here its bytes may be a caller's, or saved.
        if g.is_unshared() { g } else { as_it_lies(&g)? }
    } else {
        like_leaf(t, &g)?
    };
    t.put_grad(Some(own));
    Ok(())
}

/// A copy of `g` in the memory order of the leaf.
fn like_leaf(t: &Tensor, g: &Tensor) -> Result<Tensor> {
    let own = laid_like_leaf(t, g.dtype())?;
    copy::assign(&own, g)?;
    Ok(own)
}

/// A copy of `g`, which is dense, with its strides: those of extent 1 too.
fn as_it_lies(g: &Tensor) -> Result<Tensor> {
    let own = {
        let l = g.geometry();
        Tensor::empty_strided(&l.shape, &l.strides, l.dtype)?
    };
    copy::assign(&own, g)?;
    Ok(own)
}

/// Space in the memory order of the leaf, where that one is dense.
fn laid_like_leaf(t: &Tensor, dtype: DType) -> Result<Tensor> {
    let l = t.geometry();
    if !l.is_standard() && is_dense(&l) {
        Tensor::empty_strided(&l.shape, &l.strides, dtype)
    } else {
        Tensor::empty(&l.shape, dtype)
    }
}

/// Whether `g` lies as the gradient of the leaf `t` must: as a dense leaf does, dimensions of extent 1 aside; else in a run.
fn lies_as_leaf(t: &Tensor, g: &Tensor) -> bool {
    let (l, g) = (t.geometry(), g.geometry());
    if l.is_standard() && g.is_standard() {
        return true;
    }
    if !is_dense(&l) {
        return g.contiguous;
    }
    let agrees = |i: usize| if g.shape[i] == 1 { g.strides[i] != 0 } else { g.strides[i] == l.strides[i] };
    (0..g.shape.len()).all(agrees)
}

fn is_dense(g: &Geometry) -> bool {
    g.contiguous || shape::is_dense(&g.shape, &g.strides)
}

/// Whether any element is nan: it differs from itself.
pub(crate) fn has_nan(t: &Tensor) -> Result<bool> {
    let _off = mode::GradMode::new(false);
    let differs = pointwise(Ne::OPERATOR, Ne::ROW, 0, &[Operand::Tensor(t), Operand::Tensor(t)], value::Target::Fresh)?;
    Ok(differs.read(kernels::index::count_true)? > 0)
}

impl Tensor {
    /// Adds the gradient of this one-element tensor to `.grad` of every leaf that it was computed from.
    ///
    /// # Errors
    /// As [`backward`].
    pub fn backward(&self) -> Result<()> {
        backward(std::slice::from_ref(self), &[], Options::default(), None)
    }

    /// The same of a tensor of any shape, whose own cotangent is `gradient`.
    ///
    /// ```
    /// # fn main() -> wengert::Result<()> {
    /// let x = wengert::arange(0.0, 3.0, 1.0, None)?;
    /// x.requires_grad_(true)?;
    /// (&x * &x)?.backward_with(&wengert::ones(&[3])?)?;
    /// assert_eq!(x.grad().unwrap().to_vec::<f32>()?, [0.0, 2.0, 4.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`backward`].
    pub fn backward_with(&self, gradient: &Tensor) -> Result<()> {
        backward(std::slice::from_ref(self), &[Some(gradient.clone())], Options::default(), None)
    }
}
