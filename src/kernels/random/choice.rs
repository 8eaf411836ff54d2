//! Which of several weights are drawn.

use super::Generator;
use super::real::Wide;
use crate::buffers::{OutOfMemory, zeros};

/// Makes weights the sums of all up to each, as parts of the whole, in float64 or (not `wide`) in float32. False where
/// the whole is not positive.
pub fn cumulate(weights: &mut [f64], wide: bool) -> bool {
    let round = |x: f64| if wide { x } else { f64::from(x as f32) };
    let mut sum = 0.0;
    for w in weights.iter_mut() {
        sum = round(sum + *w);
        *w = sum;
    }
    for w in weights.iter_mut() {
        // A quotient of two float32 rounds to float32 as if it were exact, by way of float64 too.
        *w = round(*w / sum);
    }
    if let Some(last) = weights.last_mut() {
        *last = 1.0;
    }
    sum > 0.0
}

/// Draws indices by sums that [`cumulate`] made: two draws each.
pub fn by_sums(generator: &mut Generator, sums: &[f64], chosen: &mut [i64]) {
    for place in chosen {
        let u = f64::draw(generator);
        *place = sums.partition_point(|sum| *sum < u) as i64;
    }
}

/// The places of the greatest keys, the greatest first; nan is greater than all.
///
/// # Errors
/// Where there is no memory for all places.
pub fn greatest(keys: &[f64], chosen: &mut [i64]) -> Result<(), OutOfMemory> {
    let before = |a: &i64, b: &i64| {
        let (x, y) = (keys[*a as usize], keys[*b as usize]);
        y.is_nan().cmp(&x.is_nan()).then(y.partial_cmp(&x).unwrap_or(std::cmp::Ordering::Equal)).then(a.cmp(b))
    };
    if let [one] = chosen {
        *one = (0..keys.len() as i64).min_by(before).unwrap_or(0);
        return Ok(());
    }
    let mut places = zeros::<i64>(keys.len())?;
    places.iter_mut().zip(0..).for_each(|(place, i)| *place = i);
    if chosen.len() < places.len() {
        places.select_nth_unstable_by(chosen.len(), before);
    }
    let first = &mut places[..chosen.len()];
    first.sort_unstable_by(before);
    chosen.copy_from_slice(first);
    Ok(())
}
