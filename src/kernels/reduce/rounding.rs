//! Where a sum of squares says nothing but how its mean was rounded.

use crate::dtype::DType;
use crate::kernels::operand::Src;
use crate::kernels::walk::Walk;

/// Whether any of the sums of `n` squared distances from a mean is not 0 and is as small as what rounding the mean makes:
/// each distance within `share` of the mean. Of float64 numbers in one shape; false where they are not.
pub fn any_of_rounding(squares: &Src, means: &Src, n: f64, share: f64) -> bool {
    let mut walk = Walk::new();
    let fits = [squares, means].iter().all(|src| src.dtype() == DType::Float64 && src.shape() == squares.shape());
    if !fits || squares.numel() == 0 || !walk.cover(squares.shape(), [(squares.strides(), 8), (means.strides(), 8)]) {
        return false;
    }
    walk.sort_by(0);
    walk.merge();
    let [step, by] = walk.inner().steps;
    let mut found = false;
    walk.rows(|[at, mean], length| {
        for i in 0..length as isize {
            // SAFETY: the walk stays within the shape.
            let [sum, mean]: [f64; 2] = unsafe {
                [
                    squares.ptr().offset(at + i * step).cast::<f64>().read_unaligned(),
                    means.ptr().offset(mean + i * by).cast::<f64>().read_unaligned(),
                ]
            };
            let off = share * mean;
            found |= sum > 0.0 && sum <= (off * n) * off;
        }
    });
    found
}
