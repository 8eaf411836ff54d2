//! What a Rust program can say beside arithmetic: hooks, its own operators, and the methods of structured rows.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wengert::{
    DType, Function, Generator, Options, Result, Tensor, apply, backward, eye, grad, linspace, live_records,
    manual_seed, ones, randint, randperm, stack,
};

fn floats(values: &[f64], shape: &[i64]) -> Tensor {
    let t = Tensor::from_slice(values, shape).unwrap();
    t.requires_grad_(true).unwrap();
    t
}

fn gradient(t: &Tensor) -> Vec<f64> {
    t.grad().expect("a sweep has reached the tensor").to_vec().unwrap()
}

fn live() -> usize {
    live_records().iter().map(|(_, n)| n).sum()
}

#[test]
fn products_and_means_have_the_known_derivatives() -> Result<()> {
    let (a, b) = (floats(&[1.0, 2.0, 3.0, 4.0], &[2, 2]), floats(&[5.0, 6.0, 7.0, 8.0], &[2, 2]));
    assert_eq!(a.mm(&b)?.to_vec::<f64>()?, [19.0, 22.0, 43.0, 50.0]);
    a.mm(&b)?.mean()?.backward()?;
    assert_eq!(gradient(&a), [2.75, 3.75, 2.75, 3.75]);
    assert_eq!(gradient(&b), [1.0, 1.0, 1.5, 1.5]);

    let v = floats(&[1.0, -1.0], &[2]);
    assert_eq!(a.mv(&v)?.to_vec::<f64>()?, [-1.0, -1.0]);
    let batch = a.unsqueeze(0)?.bmm(&b.unsqueeze(0)?)?;
    assert_eq!((batch.shape(), batch.squeeze()?.shape()), (vec![1, 2, 2], vec![2, 2]));
    assert_eq!(a.mean_dims(&[0], true)?.to_vec::<f64>()?, [2.0, 3.0]);
    assert_eq!(a.transpose(0, 1)?.select(0, 1)?.to_vec::<f64>()?, [2.0, 4.0]);
    assert_eq!(a.maximum(&b.t()?)?.to_vec::<f64>()?, [5.0, 7.0, 6.0, 8.0]);
    assert_eq!(stack(&[v.detach()?, v.detach()?], 1)?.to_vec::<f64>()?, [1.0, 1.0, -1.0, -1.0]);
    Ok(())
}

#[test]
fn rows_of_one_operand_are_methods() -> Result<()> {
    let x = floats(&[-1.5, 2.5, f64::INFINITY], &[3]);
    let found = [x.floor()?, x.ceil()?, x.trunc()?, x.round()?, x.sign()?, x.neg()?]
        .map(|y| y.to_vec::<f64>().unwrap()[..2].to_vec());
    assert_eq!(found, [[-2.0, 2.0], [-1.0, 3.0], [-1.0, 2.0], [-2.0, 2.0], [-1.0, 1.0], [1.5, -2.5]]);
    assert_eq!(x.frac()?.to_vec::<f64>()?[..2], [-0.5, 0.5]);
    x.frac()?.sum()?.backward()?;
    assert_eq!(gradient(&x), [1.0; 3]);
    let answers = [x.isnan()?, x.isinf()?, x.isfinite()?, x.isposinf()?, x.isneginf()?, x.logical_not()?];
    let answers = answers.map(|y| y.to(DType::UInt8).unwrap().to_vec::<u8>().unwrap());
    assert_eq!(answers, [[0; 3], [0, 0, 1], [1, 1, 0], [0, 0, 1], [0; 3], [0; 3]]);
    let whole = Tensor::from_slice(&[5i64, -6], &[2])?;
    assert_eq!(whole.bitwise_not()?.to_vec::<i64>()?, [-6, 5]);
    assert_eq!(whole.bitwise_and(&whole.bitwise_not()?)?.to_vec::<i64>()?, [0, 0]);
    assert!(x.bitwise_not().is_err());
    Ok(())
}

#[test]
fn mistakes_are_errors_with_torchs_words() -> Result<()> {
    let (a, v) = (ones(&[2, 3])?, ones(&[2])?);
    assert!(a.mm(&a).unwrap_err().to_string().contains("shapes cannot be multiplied"));
    assert!(v.mm(&a).unwrap_err().to_string().contains("must be a matrix"));
    assert!(a.to(DType::Int64)?.mean().unwrap_err().to_string().contains("floating point"));
    assert!(a.transpose(0, 5).is_err() && a.select(0, 2).is_err() && stack(&[], 0).is_err());
    assert!(a.real()?.imag().is_err() && a.view_as_complex().is_err());
    assert!(a.register_hook(|_| Ok(None)).is_err() && a.retain_grad().is_err());
    Ok(())
}

#[test]
fn factories_make_what_torch_makes() -> Result<()> {
    assert_eq!(eye(2, 3, DType::Float32)?.to_vec::<f32>()?, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    assert_eq!(linspace(0.0, 1.0, 3, DType::Float64)?.to_vec::<f64>()?, [0.0, 0.5, 1.0]);
    manual_seed(0);
    // torch.manual_seed(0); torch.randint(10, (3,)); torch.randperm(5)
    assert_eq!(randint(0, 10, &[3], DType::Int64)?.to_vec::<i64>()?, [4, 9, 3]);
    assert_eq!(randperm(5, DType::Int64)?.to_vec::<i64>()?, [0, 4, 2, 1, 3]);
    Ok(())
}

#[test]
fn hooks_see_and_replace_gradients_until_they_are_removed() -> Result<()> {
    let before = live();
    {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let x = floats(&[1.0, 2.0], &[2]);
        let y = (&x * 3.0)?;
        y.retain_grad()?;
        let told = seen.clone();
        let hook = y.register_hook(move |g| {
            told.borrow_mut().push(g.to_vec::<f64>()?);
            Ok(Some((g * 10.0)?))
        })?;
        let options = Options { retain_graph: Some(true), create_graph: false };
        backward(&[y.sum()?], &[], options, None)?;
        assert_eq!(gradient(&x), [30.0, 30.0]);
        assert_eq!(gradient(&y), [10.0, 10.0]);
        hook.remove();
        x.grad().unwrap().zero_()?;
        y.sum()?.backward()?;
        assert_eq!(gradient(&x), [3.0, 3.0]);
        assert_eq!(*seen.borrow(), [[1.0, 1.0]]);

        let count = Rc::new(Cell::new(0));
        let counted = count.clone();
        let after = x.register_post_accumulate_grad_hook(move |leaf| {
            assert!(leaf.grad().is_some());
            counted.set(counted.get() + 1);
            Ok(())
        })?;
        x.sum()?.backward()?;
        after.remove();
        x.sum()?.backward()?;
        assert_eq!(count.get(), 1);
    }
    assert_eq!(live(), before);
    Ok(())
}

/// The cube, with a rule of its own: it keeps its input, and lets go of it when the sweep is done.
struct Cube(RefCell<Option<Tensor>>);

impl Function for Cube {
    fn name(&self) -> String {
        "CubeBackward".into()
    }
    fn backward(&self, cotangents: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
        let saved = self.0.borrow();
        let (Some(x), Some(g)) = (saved.as_ref(), &cotangents[0]) else { return Ok(vec![None]) };
        Ok(vec![Some((((g * x)? * x)? * 3.0)?)])
    }
    fn release(&self) {
        self.0.take();
    }
}

fn cube(x: &Tensor) -> Result<Tensor> {
    let made = apply(&[x], || Ok((Cube(RefCell::new(Some(x.clone()))), vec![((x * x)? * x)?])))?;
    Ok(made.into_iter().next().expect("one output"))
}

#[test]
fn an_operator_of_ones_own_is_recorded_differentiated_twice_and_released() -> Result<()> {
    let before = live();
    {
        let x = floats(&[2.0], &[1]);
        let y = cube(&x)?;
        assert_eq!(y.grad_fn()?.as_deref(), Some("CubeBackward"));
        let recorded = Options { retain_graph: None, create_graph: true };
        let first = grad(&[y], std::slice::from_ref(&x), &[], recorded)?.remove(0).expect("x was reached");
        assert_eq!(first.to_vec::<f64>()?, [12.0]);
        let second =
            grad(&[first], std::slice::from_ref(&x), &[], Options::default())?.remove(0).expect("x was reached");
        assert_eq!(second.to_vec::<f64>()?, [12.0]);
        let plain = x.detach()?;
        assert!(!cube(&plain)?.requires_grad(), "nothing wants a gradient, so nothing is recorded");
    }
    assert_eq!(live(), before);
    Ok(())
}

/// Law: a generator of one's own gives torch's numbers, and what the thread draws meanwhile does not depend on it.
#[test]
fn a_generator_of_ones_own() -> Result<()> {
    let mut own = Generator::new(21);
    let x = Tensor::full(&[3], 0.0, DType::Float64)?;
    x.exponential_(1.0, Some(&mut own))?;
    // torch.zeros(3, dtype=torch.float64).exponential_(generator=torch.Generator().manual_seed(21))
    for (x, y) in x.to_vec::<f64>()?.iter().zip([1.5537590245225144, 0.10157285816685269, 0.7745425143635449]) {
        assert!((x - y).abs() < 1e-14, "{x} {y}");
    }
    own.manual_seed(21);
    let weights = Tensor::from_slice(&[0.1f32, 2.0, 3.0, 0.4, 1.0, 0.0, 0.0, 1e-3], &[2, 4])?;
    assert_eq!(weights.multinomial(2, false, Some(&mut own))?.to_vec::<i64>()?, [1, 2, 0, 3]);

    let state = own.state();
    let y = Tensor::full(&[5], 0.0, DType::Float32)?;
    y.normal_(1.0, 2.0, Some(&mut own))?;
    let mut other = Generator::new(0);
    other.set_state(&state).expect("a state of a generator");
    let z = Tensor::full(&[5], 0.0, DType::Float32)?;
    z.normal_(1.0, 2.0, Some(&mut other))?;
    assert_eq!(y.to_vec::<f32>()?, z.to_vec::<f32>()?);

    manual_seed(3);
    let first = weights.bernoulli(None).expect_err("3 is no probability").to_string();
    assert!(first.starts_with("Expected p_in"), "{first}");
    let chances = Tensor::from_slice(&[0.0f32, 1.0], &[2])?;
    assert_eq!(chances.bernoulli(None)?.to_vec::<f32>()?, [0.0, 1.0]);
    assert!(x.uniform_(1.0, 0.0, None).is_err());
    assert!(x.random_(0, Some(1), None).is_ok() && x.to_vec::<f64>()? == [0.0; 3]);
    Ok(())
}
