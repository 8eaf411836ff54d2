//! Rows of random numbers that have a place in the graph: over a tensor, or of its elements as parameters.

use super::fill::{self, nothing};
use super::gaussian;
use super::sample;
use crate::ops::copy::nothing_tangent;
use crate::ops::structured::structured;

structured! { family 13;
    /// Fills the tensor with numbers of a normal distribution.
    ///
    /// Raises NotImplementedError for integer types, RuntimeError for a negative `std`.
    NormalFill {
        "normal_", grads ["NormalBackward0"], reads [0], vjp nothing, jvp nothing_tangent, dtype "own";
        "normal_(input, mean: float = 0, std: float = 1, *, generator: generator = None)" METHOD => fill::normal_;
    }
    /// Fills the tensor with numbers drawn uniformly from `from` up to `to`, exclusive.
    ///
    /// Raises NotImplementedError for integer types, RuntimeError for ends that the type does not hold.
    UniformFill {
        "uniform_", grads ["UniformBackward0"], reads [0], vjp nothing, jvp nothing_tangent, dtype "own";
        "uniform_(input, from: float = 0, to: float = 1, *, generator: generator = None)" METHOD => fill::uniform_;
    }
    /// Fills the tensor with integers: from `from` (or 0) up to `to`, exclusive, or as far as the type goes.
    ///
    /// Raises RuntimeError for empty ranges and for ranges that the type does not hold.
    RandomFill {
        "random_", grads ["RandomBackward0", "RandomBackward1", "RandomBackward2"], reads [0], vjp nothing, jvp nothing_tangent, dtype "own";
        "random_(input, *, generator: generator = None)" METHOD => fill::random_of_any;
        "random_(input, from: int, to: whole, *, generator: generator = None)" METHOD => fill::random_from_to;
        "random_(input, to: int, *, generator: generator = None)" METHOD => fill::random_to;
    }
    /// Fills the tensor with 1 where an event of probability `p` happens, else 0; a tensor `p` is spread to its shape.
    ///
    /// Raises RuntimeError for what is no probability.
    BernoulliFill {
        "bernoulli_", grads ["BernoulliBackward2", "BernoulliBackward1"], reads [0, 0], vjp nothing, jvp nothing_tangent, dtype "own";
        "bernoulli_(input, p: tensor, *, generator: generator = None)" METHOD => fill::bernoulli_by_tensor;
        "bernoulli_(input, p: float = 0.5, *, generator: generator = None)" METHOD => fill::bernoulli_by_number;
    }
    /// Fills the tensor with numbers of the exponential distribution of the rate `lambd`.
    ///
    /// Raises RuntimeError for other than floating point types, and unless the rate is positive.
    ExponentialFill {
        "exponential_", grads ["ExponentialBackward0"], reads [0], vjp nothing, jvp nothing_tangent, dtype "own";
        "exponential_(input, lambd: float = 1, *, generator: generator = None)" METHOD => fill::exponential_;
    }
    /// Fills the tensor with how many trials the first success takes, each succeeding with the probability `p`.
    ///
    /// Raises RuntimeError unless `p` lies between 0 and 1.
    GeometricFill {
        "geometric_", grads ["GeometricBackward0"], reads [0], vjp nothing, jvp nothing_tangent, dtype "own";
        "geometric_(input, p: float, *, generator: generator = None)" METHOD => fill::geometric_;
    }
    /// Fills the tensor with e to the power of numbers of a normal distribution.
    ///
    /// Raises NotImplementedError for other than floating point types, RuntimeError unless `std` is positive.
    LogNormalFill {
        "log_normal_", grads ["LogNormalBackward0"], reads [0], vjp nothing, jvp nothing_tangent, dtype "own";
        "log_normal_(input, mean: float = 1, std: float = 2, *, generator: generator = None)" METHOD => fill::log_normal_;
    }
    /// Fills the tensor with numbers of Cauchy's distribution.
    ///
    /// Raises RuntimeError for other than floating point types, and unless `sigma` is positive.
    CauchyFill {
        "cauchy_", grads ["CauchyBackward0"], reads [0], vjp nothing, jvp nothing_tangent, dtype "own";
        "cauchy_(input, median: float = 0, sigma: float = 1, *, generator: generator = None)" METHOD => fill::cauchy_;
    }
    /// 1 with the probability that an element of `input` is, else 0.
    ///
    /// Raises RuntimeError for elements that are no probabilities.
    Bernoulli {
        "bernoulli", grads ["BernoulliBackward0"], reads [0], vjp nothing, jvp nothing_tangent;
        "bernoulli(input, *, generator: generator = None, out = None)" BOTH => sample::bernoulli;
    }
    /// 1 with the probability `p`, else 0, in the size and type of `input`. It has no derivative.
    ///
    /// Raises RuntimeError for what is no probability.
    BernoulliOf {
        "bernoulli", grads ["NotImplemented"], reads [0], vjp sample::without_derivative, jvp sample::without_tangent;
        "bernoulli(input, p: float, *, generator: generator = None)" BOTH => sample::bernoulli_of;
    }
    /// How many events of a Poisson process happen in a unit of time, whose rate is an element of `input`.
    ///
    /// Raises NotImplementedError for other than floating point types, RuntimeError for negative rates.
    Poisson {
        "poisson", grads ["PoissonBackward0"], reads [0], vjp nothing, jvp nothing_tangent;
        "poisson(input, generator: generator = None)" FUNCTION => sample::poisson;
    }
    /// Indices drawn with probabilities in proportion to the elements of `input`, for each of its rows.
    ///
    /// Raises RuntimeError for weights that are negative, infinite, nan or all 0, and for more samples than there are
    /// weights, unless they are put back.
    Multinomial {
        "multinomial", grads [], reads [], vjp nothing, jvp nothing_tangent, dtype "int64";
        "multinomial(input, num_samples: extent, replacement: bool = False, *, generator: generator = None, out = None)" BOTH => sample::multinomial;
    }
    /// Numbers of normal distributions, each of its own mean or standard deviation, or of one for all of a `size`.
    ///
    /// Raises RuntimeError for standard deviations below 0, NotImplementedError for integer types.
    Normal {
        "normal", grads ["NormalBackward3", "NormalBackward1", "NormalBackward2"], reads [0, 0], vjp nothing, jvp nothing_tangent;
        "normal(mean: tensor, std: tensor, *, generator: generator = None, out = None)" FUNCTION => gaussian::of_both;
        "normal(mean: tensor, std: float = 1, *, generator: generator = None, out = None)" FUNCTION => gaussian::of_means;
        "normal(mean: float, std: tensor, *, generator: generator = None, out = None)" FUNCTION => gaussian::of_deviations;
    }
}
