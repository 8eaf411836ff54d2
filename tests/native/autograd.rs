//! The crate as a Rust user sees it: gradients against known derivatives, errors instead of panics,
//! records that go when nobody holds them.

use wengert::{DType, Data, Error, Index, Options, Result, Scalar, Tensor, arange, grad, live_records, no_grad, ones};

fn floats(values: &[f64]) -> Tensor {
    let t = Tensor::from_slice(values, &[values.len() as i64]).unwrap();
    t.requires_grad_(true).unwrap();
    t
}

fn gradient(t: &Tensor) -> Vec<f64> {
    t.grad().expect("a sweep has reached the leaf").to_vec().unwrap()
}

fn live() -> usize {
    live_records().iter().map(|(_, n)| n).sum()
}

#[test]
fn the_worked_example_holds_turn_after_turn() -> Result<()> {
    let x = arange(0.0, 4.0, 1.0, None)?;
    x.requires_grad_(true)?;
    for turn in 0..3 {
        if turn > 0 {
            x.grad().unwrap().zero_()?;
        }
        let y = (2.0 * x.dot(&x)?)?;
        assert_eq!(y.item()?, Scalar::Float(28.0));
        y.backward()?;
        assert_eq!(x.grad().unwrap().to_vec::<f32>()?, [0.0, 4.0, 8.0, 12.0]);
    }
    x.sum()?.backward()?;
    assert_eq!(x.grad().unwrap().to_vec::<f32>()?, [1.0, 5.0, 9.0, 13.0]);
    Ok(())
}

#[test]
fn gradients_are_the_known_derivatives() -> Result<()> {
    let x = floats(&[0.5, 1.0, 2.0]);
    x.exp()?.sum()?.backward()?;
    assert_eq!(gradient(&x), x.exp()?.to_vec::<f64>()?);

    let x = floats(&[0.5, 1.0, 2.0]);
    (x.pow(3.0)?).sum()?.backward()?;
    assert_eq!(gradient(&x), [0.75, 3.0, 12.0]);

    let x = floats(&[3.0, 4.0]);
    x.norm()?.backward()?;
    assert_eq!(gradient(&x), [0.6, 0.8]);

    let x = floats(&[1.0, 3.0, 3.0]);
    x.max()?.backward()?;
    assert_eq!(gradient(&x), [0.0, 0.5, 0.5]);
    Ok(())
}

#[test]
fn broadcasting_sums_cotangents_down_to_each_operand() -> Result<()> {
    let a = Tensor::from_slice(&[1.0f64, 2.0, 3.0], &[3, 1])?;
    let b = Tensor::from_slice(&[1.0f64, 10.0], &[2])?;
    a.requires_grad_(true)?;
    b.requires_grad_(true)?;
    (&a * &b)?.sum()?.backward()?;
    assert_eq!(gradient(&a), [11.0, 11.0, 11.0]);
    assert_eq!(gradient(&b), [6.0, 6.0]);
    assert_eq!(a.grad().unwrap().shape(), [3, 1]);
    Ok(())
}

#[test]
fn third_derivatives_come_from_recorded_sweeps() -> Result<()> {
    let x = floats(&[2.0]);
    let recorded = Options { create_graph: true, ..Options::default() };
    let mut y = x.pow(4.0)?.sum()?;
    for expected in [32.0, 48.0, 48.0] {
        let g = grad(&[y.clone()], std::slice::from_ref(&x), &[], recorded)?;
        y = g.into_iter().next().flatten().expect("y depends on x").sum()?;
        assert_eq!(y.item()?, Scalar::Float(expected));
    }
    Ok(())
}

#[test]
fn a_write_through_a_view_moves_the_base_s_history() -> Result<()> {
    let x = floats(&[1.0, 2.0, 3.0, 4.0]);
    let base = (&x * 1.0)?;
    let view = base.get(&[Index::Slice(Some(1), Some(3), None)])?;
    view.mul_(10.0)?;
    assert_eq!(base.to_vec::<f64>()?, [1.0, 20.0, 30.0, 4.0]);
    (&base * &base)?.sum()?.backward()?;
    assert_eq!(gradient(&x), [2.0, 400.0, 600.0, 8.0]);
    assert_eq!(base.grad_fn()?.as_deref(), Some("CopySlices"));
    assert_eq!(view.grad_fn()?.as_deref(), Some("AsStridedBackward0"));
    Ok(())
}

#[test]
fn a_saved_value_that_was_written_is_an_error_and_so_is_a_second_sweep() -> Result<()> {
    let x = floats(&[1.0, 2.0]);
    let y = x.exp()?;
    y.add_(1.0)?;
    let error = y.sum()?.backward().unwrap_err();
    assert!(error.to_string().contains("modified by an inplace operation"), "{error}");
    let z = (&x * &x)?.sum()?;
    z.backward()?;
    let error = z.backward().unwrap_err();
    assert!(error.to_string().starts_with("Trying to backward through the graph a second time"), "{error}");
    Ok(())
}

#[test]
fn bad_input_is_an_error_and_leaves_operands_alone() -> Result<()> {
    let x = Tensor::from_slice(&[1.0f32, 2.0], &[2])?;
    let expect = |r: Result<Tensor>| -> Error { r.expect_err("must be refused") };
    expect(&x + Tensor::from_slice(&[1.0f32; 3], &[3])?);
    expect(x.reshape(&[3]));
    expect(x.sum_dims(&[5], false));
    expect(Tensor::empty(&[1 << 62, 1 << 62], DType::Float32));
    expect(Tensor::empty(&[-1], DType::Float32));
    expect(Tensor::empty(&[1 << 45], DType::Float64));
    expect(x.get(&[Index::Int(2)]));
    assert!(x.add_(&Tensor::from_slice(&[1.0f32; 4], &[2, 2])?).is_err());
    assert_eq!(x.to_vec::<f32>()?, [1.0, 2.0]);
    assert_eq!(x.version(), 0);
    Ok(())
}

#[test]
fn nothing_lives_after_its_last_holder() -> Result<()> {
    let before = live();
    {
        let x = floats(&[1.0; 100]);
        let mut y = (&x * 1.0)?;
        for _ in 0..50 {
            y = ((&y * &x)? + &x)?;
        }
        drop(y.exp()?);
        let detached = y.detach()?;
        drop(y);
        // Only x and the detached values are left: the graph went with y.
        assert!(live() <= before + 8, "{:?}", live_records());
        drop(detached);
    }
    assert_eq!(live(), before, "{:?}", live_records());
    Ok(())
}

#[test]
fn a_million_nodes_are_swept_and_dropped_on_a_small_stack() {
    let run = || -> Result<()> {
        let x = floats(&[1.0]);
        let mut y = (&x * 1.0)?;
        for _ in 0..1_000_000 {
            y = (&y + 1e-6)?;
        }
        y.backward()?;
        assert_eq!(gradient(&x), [1.0]);
        drop(y);
        let before = live();
        assert!(before < 20, "{:?}", live_records());
        Ok(())
    };
    std::thread::Builder::new().stack_size(64 << 10).spawn(run).unwrap().join().unwrap().unwrap();
}

#[test]
fn eight_threads_train_on_one_data() -> Result<()> {
    let data = Tensor::from_slice(&[1.0f64, 2.0, 3.0, 4.0], &[4])?.into_data()?;
    let sums: Vec<Data> = std::thread::scope(|scope| {
        let shared = &data;
        let work = move |t: i64| -> Result<Data> {
            let x = Tensor::from_data(shared)?;
            x.requires_grad_(true)?;
            for _ in 0..100 {
                (&x * &x)?.sum()?.backward()?;
            }
            let g = x.grad().expect("x was reached");
            no_grad(|| g.mul_(t).map(|_| ()))?;
            g.into_data()
        };
        let threads: Vec<_> = (0..8).map(|t| scope.spawn(move || work(t))).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect::<Result<_>>()
    })?;
    for (t, data) in sums.iter().enumerate() {
        let expected: Vec<f64> = [200.0, 400.0, 600.0, 800.0].iter().map(|x| x * t as f64).collect();
        assert_eq!(Tensor::from_data(data)?.to_vec::<f64>()?, expected);
    }
    Ok(())
}

#[test]
fn a_write_to_a_tensor_of_shared_data_leaves_the_data_alone() -> Result<()> {
    let data = ones(&[100])?.into_data()?;
    let t = Tensor::from_data(&data)?;
    t.mul_(5.0)?;
    assert_eq!(Tensor::from_data(&data)?.to_vec::<f32>()?, [1.0; 100]);
    assert_eq!(t.to_vec::<f32>()?, [5.0; 100]);
    Ok(())
}

#[test]
fn a_seed_has_to_have_the_root_s_shape() -> Result<()> {
    let x = floats(&[1.0, 2.0]);
    let y = (&x * 2.0)?;
    assert!(y.backward().is_err());
    let error = y.backward_with(&ones(&[3])?.to(DType::Float64)?).unwrap_err();
    assert!(error.to_string().starts_with("Mismatch in shape: grad_output[0]"), "{error}");
    assert!(x.grad().is_none());
    Ok(())
}

/// An expanded tensor can have more elements than any memory: that is an error, and so is a dimension named twice.
#[test]
fn what_cannot_be_is_an_error() -> Result<()> {
    for n in [1 << 62, 1 << 45] {
        let wide = ones(&[1])?.expand(&[n])?;
        assert!(wide.to_vec::<f64>().is_err());
    }
    let x = ones(&[2, 3])?;
    assert!(x.sum_dims(&[0, 0], false).is_err() && x.sum_dims(&[2], false).is_err());
    assert_eq!(x.sum_dims(&[], false)?.item()?, Scalar::Float(6.0));
    Ok(())
}
