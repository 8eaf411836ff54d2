//! Einstein's sums: products of tensors whose dimensions have names, summed over the names that the result lacks.
//!
//! The operands are brought to one order of dimensions, the result's first, with 1 for those that they lack. Then they
//! are multiplied pair by pair, each pair as one product of batches of matrices where anything is to be summed.

use crate::error::{Error, Result};
use crate::ops::apply::{Operand, pointwise};
use crate::ops::elements::pointwise::Mul;
use crate::ops::products::matmul::batches;
use crate::ops::reductions::reduce::sum_dims;
use crate::ops::shapes::reshape::{permute_by, reshape_to, slice_at, unsqueeze_at, view_as};
use crate::ops::structured::composed;
use crate::ops::value::{Arg, Output, Target};
use crate::tensor::Tensor;

composed! {
    /// Einstein's sum of an equation such as `"ij,jk->ik"`: see `einsum`.
    Einsum {
        "_einsum(equation: text, operands: tensors)" FUNCTION => call;
    }
}

/// The labels: letters, capitals first, and behind them the ellipsis.
const LETTERS: usize = 52;
const ELLIPSIS: usize = LETTERS;

fn letter(label: usize) -> char {
    (if label < 26 { b'A' + label as u8 } else { b'a' + (label - 26) as u8 }) as char
}

fn refused(text: impl std::fmt::Display) -> Error {
    Error::runtime(format!("einsum(): {text}"))
}

fn call(args: &[Arg<'_>], _: Target<'_>) -> Result<Output> {
    let (Some(Arg::Text(equation)), Some(Arg::Tensors(operands))) = (args.first(), args.get(1)) else {
        return Err(Error::type_error("einsum(): an equation and operands are needed"));
    };
    let operands: Vec<Tensor> = operands.iter().cloned().collect();
    einsum(equation, &operands).map(Output::One)
}

/// A label of the text at `i`; the ellipsis takes three characters. None for a comma.
fn label(text: &[u8], i: &mut usize, offset: usize, of: &dyn Fn() -> String, ellipsis: bool) -> Result<Option<usize>> {
    let c = text[*i];
    Ok(Some(match c {
        b'.' => {
            if ellipsis {
                return Err(refused(if of() == "output" {
                    "found '.' for output but an ellipsis (...) was already found".to_string()
                } else {
                    format!("found '.' for {} for which an ellipsis was already found", of())
                }));
            }
            if text.get(*i + 1..*i + 3) != Some(b"..") {
                let tail = if of() == "output" { " (...)" } else { "" };
                return Err(refused(format!("found '.' for {} that is not part of any ellipsis{tail}", of())));
            }
            *i += 2;
            ELLIPSIS
        }
        b',' if of() != "output" => return Ok(None),
        b'A'..=b'Z' => (c - b'A') as usize,
        b'a'..=b'z' => (c - b'a') as usize + 26,
        _ => {
            return Err(refused(format!(
                "invalid subscript given at index {} in the equation string, subscripts must be in [a-zA-Z]",
                *i + offset
            )));
        }
    }))
}

/// The labels of each operand.
fn operands_of(text: &[u8], count: usize) -> Result<Vec<Vec<usize>>> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    let mut i = 0;
    while i < text.len() {
        if text[i] != b' ' {
            let at = all.len() - 1;
            let own = &mut all[at];
            match label(text, &mut i, 0, &|| format!("operand {at}"), own.contains(&ELLIPSIS))? {
                Some(found) => own.push(found),
                None if at + 1 < count => all.push(Vec::new()),
                None => return Err(refused("fewer operands were provided than specified in the equation")),
            }
        }
        i += 1;
    }
    if all.len() < count {
        return Err(refused("more operands were provided than specified in the equation"));
    }
    Ok(all)
}

/// Where each label stands among the dimensions of the whole.
struct Order {
    /// The first place of each label.
    place: [Option<usize>; LETTERS + 1],
    /// The dimensions of the result, which come first.
    result: usize,
    /// All of them.
    all: usize,
    /// What the ellipsis stands for.
    ellipsis: usize,
}

impl Order {
    fn put(&mut self, label: usize) {
        self.place[label] = Some(self.all);
        self.all += if label == ELLIPSIS { self.ellipsis } else { 1 };
    }
}

/// The order of the equation's labels: the result's, then those that are summed over.
fn order(labels: &[Vec<usize>], result: Option<(&[u8], usize)>, ellipsis: usize) -> Result<Order> {
    let count = |l: usize| labels.iter().flatten().filter(|&&x| x == l).count();
    let mut order = Order { place: [None; LETTERS + 1], result: 0, all: 0, ellipsis };
    match result {
        None => {
            // What is left out is every label that stands there once, in the alphabet's order.
            if count(ELLIPSIS) > 0 {
                order.put(ELLIPSIS);
            }
            (0..LETTERS).filter(|&l| count(l) == 1).for_each(|l| order.put(l));
        }
        Some((text, offset)) => {
            let mut i = 0;
            let mut seen = false;
            while i < text.len() {
                if text[i] != b' ' {
                    let found = label(text, &mut i, offset, &|| "output".to_string(), seen)?;
                    match found {
                        Some(ELLIPSIS) => {
                            seen = true;
                            order.put(ELLIPSIS);
                        }
                        Some(l) if order.place[l].is_some() => {
                            return Err(refused(format!(
                                "output subscript {} appears more than once in the output",
                                letter(l)
                            )));
                        }
                        Some(l) if count(l) == 0 => {
                            return Err(refused(format!(
                                "output subscript {} does not appear in the equation for any input operand",
                                letter(l)
                            )));
                        }
                        Some(l) => order.put(l),
                        None => {}
                    }
                }
                i += 1;
            }
        }
    }
    order.result = order.all;
    if order.place[ELLIPSIS].is_none() && ellipsis > 0 {
        order.put(ELLIPSIS);
    }
    for l in 0..LETTERS {
        if order.place[l].is_none() && count(l) > 0 {
            order.put(l);
        }
    }
    Ok(order)
}

/// Einstein's sum of `equation` over `operands`.
///
/// # Errors
/// Where the equation is none, or does not fit the operands' dimensions.
pub fn einsum(equation: &str, operands: &[Tensor]) -> Result<Tensor> {
    if operands.is_empty() {
        return Err(refused("must provide at least one operand"));
    }
    let arrow = equation.find("->");
    let (left, right) = match arrow {
        Some(at) => (&equation[..at], Some((&equation.as_bytes()[at + 2..], at + 2))),
        None => (equation, None),
    };
    let labels = operands_of(left.as_bytes(), operands.len())?;
    let mut ellipsis = 0;
    for (i, (own, t)) in labels.iter().zip(operands).enumerate() {
        let (letters, n) = (own.iter().filter(|&&l| l != ELLIPSIS).count(), t.ndim());
        if !own.contains(&ELLIPSIS) {
            if letters != n {
                return Err(refused(format!(
                    "the number of subscripts in the equation ({letters}) does not match the number of dimensions ({n}) for \
                     operand {i} and no ellipsis was given"
                )));
            }
        } else if letters > n {
            return Err(refused(format!(
                "the number of subscripts in the equation ({letters}) is more than the number of dimensions ({n}) for operand {i}"
            )));
        } else {
            ellipsis = ellipsis.max(n - letters);
        }
    }
    let order = order(&labels, right, ellipsis)?;
    let mut laid = Vec::with_capacity(operands.len());
    let mut extents = vec![1i64; order.all];
    let mut owners = vec![0usize; order.all];
    for (i, (own, t)) in labels.iter().zip(operands).enumerate() {
        let t = laid_out(&order, own, t, i, &mut extents)?;
        for (d, &extent) in t.sizes()?.iter().enumerate() {
            owners[d] += (extent != 1) as usize;
        }
        laid.push(t);
    }
    summed(laid, &order, owners)
}

/// Operand `i` with its dimensions in the whole's order, diagonals taken.
fn laid_out(order: &Order, own: &[usize], t: &Tensor, i: usize, extents: &mut [i64]) -> Result<Tensor> {
    let sizes = t.sizes()?;
    let mut t = t.clone();
    // The place of each dimension that is left.
    let mut places: Vec<usize> = Vec::new();
    let mut at = 0;
    for &l in own {
        let first = order.place[l].ok_or_else(|| refused("a label has no place"))?;
        if l == ELLIPSIS {
            let own_dims = sizes.len() + 1 - own.len();
            let missing = order.ellipsis - own_dims;
            for d in 0..own_dims {
                note(extents, first + missing + d, sizes[at], None, i)?;
                places.push(first + missing + d);
                at += 1;
            }
            continue;
        }
        let extent = sizes[at];
        if let Some(before) = places.iter().position(|&p| p == first) {
            let known = t.sizes()?[before];
            if known != extent {
                return Err(refused(format!(
                    "subscript {} is repeated for operand {i} but the sizes don't match, {extent} != {known}",
                    letter(l)
                )));
            }
            t = diagonal(&t, before, places.len())?;
        } else {
            note(extents, first, extent, Some(l), i)?;
            places.push(first);
        }
        at += 1;
    }
    let mut perm = vec![None; order.all];
    for (d, &place) in places.iter().enumerate() {
        perm[place] = Some(d as i64);
    }
    let mut next = places.len() as i64;
    let mut by = Vec::with_capacity(order.all);
    for place in perm {
        by.push(match place {
            Some(d) => d,
            None => {
                t = unsqueeze_at(&t, -1)?;
                next += 1;
                next - 1
            }
        });
    }
    permute_by(&t, &by, 0)
}

/// Notes an extent of the whole, which 1 is spread to.
fn note(extents: &mut [i64], place: usize, extent: i64, l: Option<usize>, operand: usize) -> Result<()> {
    let known = extents[place];
    if known == 1 {
        extents[place] = extent;
    } else if extent != 1 && extent != known {
        let name = l.map_or("...".to_string(), |l| letter(l).to_string());
        return Err(refused(format!(
            "subscript {name} has size {extent} for operand {operand} which does not broadcast with previously seen size {known}"
        )));
    }
    Ok(())
}

/// The elements with one index in dimensions `a` and `b`, of which `a` stays: every so many of both as one.
fn diagonal(t: &Tensor, a: usize, b: usize) -> Result<Tensor> {
    let sizes = t.sizes()?;
    let (n, last) = (sizes[a], sizes.len() - 2);
    let mut by: Vec<i64> = (0..sizes.len() as i64).filter(|&d| d != a as i64 && d != b as i64).collect();
    let mut wanted: Vec<i64> = by.iter().map(|&d| sizes[d as usize]).collect();
    wanted.push(n.checked_mul(n).ok_or_else(|| Error::storage_overflow(&sizes))?);
    by.extend([a as i64, b as i64]);
    let run = reshape_to(&permute_by(t, &by, 0)?, &wanted)?;
    let found = slice_at(&run, last, 0, n * n, n + 1)?;
    let mut back: Vec<i64> = (0..last as i64).collect();
    back.insert(a, last as i64);
    permute_by(&found, &back, 0)
}

/// The product of all, summed over what the result lacks. `owners` says how many operands have each dimension.
fn summed(mut all: Vec<Tensor>, order: &Order, mut owners: Vec<usize>) -> Result<Tensor> {
    let several = all.len() > 1;
    while all.len() > 1 {
        let (mut a, mut b) = (all.remove(0), all.remove(0));
        let (sa, sb) = (a.sizes()?, b.sizes()?);
        let (mut together, mut from_a, mut from_b) = (0u64, 0u64, 0u64);
        for d in order.result..order.all {
            if sa[d] != 1 && sb[d] != 1 {
                owners[d] -= 1;
                if owners[d] == 1 {
                    together |= 1 << d;
                    owners[d] = 0;
                }
            } else if owners[d] == 1 && (sa[d] != 1 || sb[d] != 1) {
                *(if sa[d] != 1 { &mut from_a } else { &mut from_b }) |= 1 << d;
                owners[d] = 0;
            }
        }
        if from_a != 0 {
            a = sum_dims(&a, from_a, true, None)?;
        }
        if from_b != 0 {
            b = sum_dims(&b, from_b, true, None)?;
        }
        all.push(pair(&a, &b, together)?);
    }
    let product = all.pop().ok_or_else(|| refused("must provide at least one operand"))?;
    let gone = order.all - order.result;
    if gone == 0 {
        return Ok(product);
    }
    if several {
        return view_as(&product, &product.sizes()?[..order.result]);
    }
    sum_dims(&product, (1u64 << order.all) - (1u64 << order.result), false, None)
}

/// The product of two, summed over the dimensions of the mask `over`, which stay as 1.
fn pair(a: &Tensor, b: &Tensor, over: u64) -> Result<Tensor> {
    if over == 0 {
        return pointwise(Mul::OPERATOR, Mul::ROW, 0, &[Operand::Tensor(a), Operand::Tensor(b)], Target::Fresh);
    }
    let (sa, sb) = (a.sizes()?, b.sizes()?);
    let n = sa.len();
    let (mut both, mut left, mut right, mut sum) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for d in 0..n {
        let list = match (over >> d & 1 != 0, sa[d] != 1, sb[d] != 1) {
            (true, ..) => &mut sum,
            (_, true, true) => &mut both,
            (_, true, false) => &mut left,
            _ => &mut right,
        };
        list.push(d as i64);
    }
    // Where the result has all that is the second's alone in front, that comes in front of the product as well.
    let last = right.iter().rev().find(|&&d| sb[d as usize] != 1);
    if last.zip(left.first()).is_some_and(|(last, first)| last < first) {
        return pair(b, a, over);
    }
    let size = |s: &[i64], dims: &[i64]| dims.iter().map(|&d| s[d as usize]).product::<i64>();
    let terms = size(&sa, &sum);
    let by_a = [&both[..], &left, &sum, &right].concat();
    let by_b = [&both[..], &sum, &right, &left].concat();
    let batch = size(&sa, &both);
    let x = reshape_to(&permute_by(a, &by_a, 0)?, &[batch, size(&sa, &left), terms])?;
    let y = reshape_to(&permute_by(b, &by_b, 0)?, &[batch, terms, size(&sb, &right)])?;
    let sizes: Vec<i64> = by_a
        .iter()
        .map(|&d| d as usize)
        .map(|d| match (over >> d & 1, sa[d]) {
            (1, _) => 1,
            (_, 1) => sb[d],
            (_, extent) => extent,
        })
        .collect();
    let mut back = vec![0i64; n];
    for (i, &d) in by_a.iter().enumerate() {
        back[d as usize] = i as i64;
    }
    permute_by(&view_as(&batches(&x, &y)?, &sizes)?, &back, 0)
}
