//! The textbook page on automatic differentiation: `cargo run --example autodiff`.

use wengert::{Result, Tensor, arange, graph, manual_seed, ones, randn};

/// A function whose graph depends on its argument.
fn f(a: &Tensor) -> Result<Tensor> {
    let mut b = (a * 2.0)?;
    while b.norm()?.item()?.to_f64() < 1000.0 {
        b = (&b * 2.0)?;
    }
    if b.sum()?.item()?.to_f64() > 0.0 { Ok(b) } else { &b * 100.0 }
}

fn show(code: &str, value: &impl std::fmt::Display) {
    println!("{code}\n    {value}");
}

fn gradient(x: &Tensor) -> Tensor {
    x.grad().expect("a sweep has reached x")
}

fn main() -> Result<()> {
    let x = arange(0.0, 4.0, 1.0, None)?;
    x.requires_grad_(true)?;
    show("let x = arange(0.0, 4.0, 1.0, None)?;  x.requires_grad_(true)?;", &x);

    let y = (2.0 * x.dot(&x)?)?;
    show("let y = (2.0 * x.dot(&x)?)?;", &y);
    println!("\nthe graph behind y:\n{}", graph(&y)?);
    y.backward()?;
    show("y.backward()?;  x.grad()", &gradient(&x));
    show("x.grad().equals(&(4.0 * &x)?)", &gradient(&x).equals(&(4.0 * &x)?)?);

    gradient(&x).zero_()?;
    x.sum()?.backward()?;
    show("x.grad().zero_()?;  x.sum()?.backward()?;  x.grad()", &gradient(&x));

    gradient(&x).zero_()?;
    let y = (&x * &x)?;
    y.backward_with(&ones(&[4])?)?;
    show("let y = (&x * &x)?;  y.backward_with(&ones(&[4])?)?;  x.grad()", &gradient(&x));

    gradient(&x).zero_()?;
    let u = (&x * &x)?.detach()?;
    (&u * &x)?.sum()?.backward()?;
    show("let u = y.detach()?;  (&u * &x)?.sum()?.backward()?;  x.grad().equals(&u)", &gradient(&x).equals(&u)?);

    manual_seed(0);
    let a = randn(&[], wengert::DType::Float32)?;
    a.requires_grad_(true)?;
    let d = f(&a)?;
    d.backward()?;
    show("let d = f(&a)?;  d.backward()?;  a.grad().equals(&(&d / &a)?)", &gradient(&a).equals(&(&d / &a)?)?);
    Ok(())
}
