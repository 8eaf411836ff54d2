//! Expected numbers are what torch 2.13 drew on x86-64 with AVX2 from the same seeds.

use super::real::Sample;
use super::state::InvalidState;
use super::*;
use crate::dtype::DType;
use crate::kernels::lanes::shell_portable;
use half::{bf16, f16};

fn uniform<T: Sample + Default>(g: &mut Generator, n: usize, from: f64, to: f64) -> Vec<T> {
    let mut out = vec![T::default(); n];
    // SAFETY: `out` holds `n` elements.
    unsafe { fill_uniform(g, out.as_mut_ptr(), n, from, to) };
    out
}

fn gaussian<T: Sample + Default>(g: &mut Generator, n: usize) -> Vec<T> {
    let mut out = vec![T::default(); n];
    // SAFETY: `out` holds `n` elements.
    unsafe { fill_normal(g, out.as_mut_ptr(), n, 0.0, 1.0) };
    out
}

fn integers(g: &mut Generator, n: usize, low: i64, range: u64) -> Vec<i64> {
    let mut out = vec![0; n];
    g.fill_whole(Whole::Range(low, range), &mut out);
    out
}

fn permutation(g: &mut Generator, n: usize) -> Vec<i64> {
    let mut out = vec![-1; n];
    // SAFETY: `out` holds `n` elements.
    unsafe { fill_permutation(g, out.as_mut_ptr(), n) };
    out
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

/// FNV-1a, to compare with more bytes than a test should spell out.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3))
}

/// Law: uniform numbers are torch's bit for bit, in every type, with and without bounds.
#[test]
fn uniform_numbers() {
    let mut g = Generator::new(0);
    assert_eq!(bits(&uniform(&mut g, 4, 0.0, 1.0)), [0x3efe1558, 0x3f44aa2f, 0x3db533a8, 0x3e073300]);
    g.manual_seed(1);
    assert_eq!(uniform::<f64>(&mut g, 2, 0.0, 1.0), [0x3faf_425f_f478_0eb0, 0x3fcc_be33_baf0_5120].map(f64::from_bits));
    g.manual_seed(1);
    assert_eq!(bits(&uniform(&mut g, 3, -0.1, 0.1)), [0x3d530d43, 0xbd34c9dd, 0xbc9ecfb3]);
    assert_eq!(uniform::<f16>(&mut g, 3, 0.0, 1.0), [0x39e1, 0x277f, 0x3a66].map(f16::from_bits));
    assert_eq!(uniform::<bf16>(&mut g, 3, 0.0, 1.0), [0x3ecb, 0x3f41, 0x3f12].map(bf16::from_bits));
}

/// Law: negative seeds wrap, only a seed's lower half counts, and torch's range is the range.
#[test]
fn seeds() {
    let start = |seed| bits(&uniform(&mut Generator::new(Generator::seed_of(seed).unwrap()), 2, 0.0, 1.0));
    assert_eq!(start(-1), [0x3f7e69a3, 0x3f124122]);
    assert_eq!(start((1 << 32) + 5), [0x3f548b63, 0x3e012338]);
    assert_eq!(start((1 << 32) + 5), start(5));
    assert_eq!(Generator::new(1 << 40).initial_seed(), 1 << 40);
    assert_eq!(Generator::seed_of(-1), Some(u64::MAX));
    assert_eq!(Generator::seed_of(i64::MIN.into()), Some(1 << 63));
    assert_eq!(Generator::seed_of(i128::from(i64::MIN) - 1), None);
    assert_eq!(Generator::seed_of(1 << 64), None);
    assert_eq!(uniform::<f32>(&mut Generator::default(), 1, 0.0, 1.0), [0.267_295_24_f32]);
    let mut g = Generator::default();
    let seed = g.reseed();
    assert!(seed < 1 << 53 && g.initial_seed() == seed && g == Generator::new(seed));
}

/// Law: below 16 normal numbers come in pairs, and the spare outlives the call, in whatever type.
#[test]
fn few_normal_numbers() {
    let mut g = Generator::new(42);
    let close = |got: f64, expected: f64| assert!((got - expected).abs() <= 1e-15 * expected.abs(), "{got}");
    let first: Vec<f32> = gaussian(&mut g, 5);
    let expected = [0.33669037, 0.1288094, 0.23446237, 0.23033303, -1.1228564];
    assert_eq!(first, expected);
    assert_eq!(bits(&gaussian(&mut g, 3)), [0xbe3eccd8, 0x400d532c, 0xbf2353c6]);
    let rest: Vec<f64> = gaussian(&mut g, 2);
    close(rest[0], 0.4616572216317842);
    close(rest[1], 0.26735086784982165);

    g.manual_seed(42);
    gaussian::<f32>(&mut g, 1);
    g.manual_seed(42);
    assert_eq!(gaussian::<f32>(&mut g, 5), first, "seeding forgets the spare");
}

/// Law: from 16 on blocks of 16 are made, and a ragged end draws the last 16 anew.
#[test]
fn many_normal_numbers() {
    let mut g = Generator::new(42);
    #[rustfmt::skip]
    let expected = [
        0x3ff6a529, 0x3fbe5f53, 0x3f669567, 0xc006c0db, 0xbf4214e2, 0x3f8a0650, 0x3f4d0144, 0x3fd71e93, 0x3eb63345,
        0xbf2fc686, 0xbefc9934, 0x3e774893, 0xbe6d2eed, 0x3d2b0c00, 0xbe80ce7a, 0x3f5c1fb0, 0xbe9e9482, 0xbeca9a91,
        0x3f4dac3c, 0xbf1f20e0,
    ];
    assert_eq!(bits(&gaussian(&mut g, 20)), expected);
    g.manual_seed(9);
    let many: Vec<f32> = gaussian(&mut g, 100_001);
    let bytes: Vec<u8> = many.iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(hash(&bytes), 0xf24d_12a3_8de4_879e);

    g.manual_seed(42);
    let wide: Vec<f64> = gaussian(&mut g, 18);
    let expected = [0.2995562877502637, 0.24237779080894106, 1.2715909667771088, 0.618669993885617];
    for (x, y) in wide.iter().zip(expected) {
        assert!((x - y).abs() <= 1e-15 * y.abs(), "{x} {y}");
    }
    // Halves draw no numbers for the ragged end's first 16, so the streams part there.
    g.manual_seed(42);
    assert_eq!(gaussian::<f16>(&mut g, 18)[14..], [0xb369, 0x2958, 0xb406, 0x3ae1].map(f16::from_bits));
}

/// Law: the portable and the fast level make the same normal numbers.
#[test]
fn levels_agree() {
    let mut g = Generator::new(5);
    let mut portable = [[0.0; 16]; 9];
    portable.as_flattened_mut().fill_with(|| (g.random32() & 0xff_ffff) as f32 / (1 << 24) as f32);
    let mut fast = portable;
    // SAFETY: it asks for nothing.
    unsafe { shell_portable(normal::Blocks { blocks: &mut portable, mean: 0.5_f32, std: 2.0 }) };
    normal::blocks_f32(&mut fast, 0.5, 2.0);
    assert_eq!(bits(portable.as_flattened()), bits(fast.as_flattened()));
}

/// Law: integers are remainders of one draw, or of two from a range of 2^28 on.
#[test]
fn whole_numbers() {
    let mut g = Generator::new(3);
    assert_eq!(integers(&mut g, 8, 0, 10), [6, 8, 7, 7, 0, 0, 0, 5]);
    assert_eq!(integers(&mut g, 2, -5, (1 << 40) + 5), [1088428986807, 867588729368]);
    assert_eq!(integers(&mut g, 2, i64::MIN, u64::MAX), [-6906731853346584919, -5400415692795831403]);
    assert_eq!(integers(&mut g, 2, 0, 1 << 28), [133365158, 31454868]);
    let draws = |range| {
        let mut g = Generator::new(3);
        integers(&mut g, 1, 0, range);
        (0..3).find(|&n| {
            let mut other = Generator::new(3);
            for _ in 0..n {
                other.random32();
            }
            other == g
        })
    };
    assert_eq!([(1 << 28) - 1, 1 << 28, 0].map(draws), [Some(1), Some(2), Some(2)]);
}

/// Law: without bounds, each type has torch's range and takes torch's number of draws.
#[test]
fn any_whole_numbers() {
    use DType::*;
    let mut g = Generator::new(3);
    let types = [Bool, UInt8, Int8, Int16, Int32, Int64, Float16, BFloat16, Float32, Float64];
    assert_eq!(
        types.map(|dtype| {
            let mut one = [0];
            g.fill_whole(Whole::Any(dtype), &mut one);
            one[0]
        }),
        [0, 152, 121, 26243, 1249426360, 2238117252665022720, 1424, 134, 14895652, 5478634593494080]
    );
}

/// Law: permutations are torch's, short and long, and every number comes once.
#[test]
fn permutations() {
    assert_eq!(permutation(&mut Generator::new(3), 10), [6, 0, 3, 7, 8, 5, 1, 9, 2, 4]);
    let mut long = permutation(&mut Generator::new(9), 200_000);
    let bytes: Vec<u8> = long.iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(hash(&bytes), 0x7783_94ad_a211_ae31);
    long.sort_unstable();
    assert!(long.into_iter().eq(0..200_000));
    let mut g = Generator::new(3);
    assert!(permutation(&mut g, 0).is_empty());
    assert_eq!(permutation(&mut g, 1), [0]);
    assert_eq!(g, Generator::new(3), "nothing to shuffle, nothing drawn");
}

/// Law: the other distributions take torch's draws; their values agree to the system's functions.
#[test]
fn other_distributions() {
    let mut g = Generator::new(3);
    let twelve = |x: &[f64]| x.iter().map(|x| *x as u8).collect::<Vec<_>>();
    let mut x = [0.0; 12];
    g.fill(Law::Bernoulli(0.5), &mut x);
    assert_eq!(twelve(&x), [1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 0]);
    let mut narrow = [0.0_f32; 12];
    g.bernoulli_f32(&[0.5; 12], &mut narrow);
    assert_eq!(twelve(&narrow.map(f64::from)), [1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1]);
    let mut got = [0.0; 7];
    g.fill(Law::Exponential(2.0), &mut got[..2]);
    g.fill(Law::Geometric(0.3), &mut got[2..4]);
    g.fill(Law::Cauchy(1.0, 2.0), &mut got[4..5]);
    g.fill(Law::LogNormal(0.0, 1.0), &mut got[5..]);
    let expected = [
        1.4880403484348597,
        0.06805305578214384,
        2.0,
        2.0,
        -11.829849996930902,
        0.9026466623509437,
        2.9269044026407505,
    ];
    for (x, y) in got.into_iter().zip(expected) {
        assert!((x - y).abs() <= 1e-14 * f64::abs(y), "{x} {y}");
    }
}

/// Law: a state is torch's to the byte, and a generator goes on from it as the first did.
#[test]
fn states() {
    let mut g = Generator::new(3);
    uniform::<f32>(&mut g, 700, 0.0, 1.0);
    gaussian::<f32>(&mut g, 1);
    let state = g.state();
    // The spare normal number hangs on the system's sine; all else does not.
    assert_eq!(f64::from_le_bytes(state[5024..5032].try_into().unwrap()) as f32, 0.54968977);
    let mut rest = state;
    rest[5024..5032].copy_from_slice(&[0x62, 0x61, 0x76, 0xf9, 0x0e, 0x97, 0xe1, 0x3f]);
    assert_eq!(hash(&rest), 0x1484_5c75_f2c0_fb7a);

    let mut other = Generator::new(0);
    other.set_state(&state).unwrap();
    assert_eq!((&other, other.initial_seed()), (&g, 3));
    assert_eq!(gaussian::<f64>(&mut other, 40), gaussian::<f64>(&mut g, 40));
}

/// Law: bytes that are no state are refused with torch's words and change nothing.
#[test]
fn invalid_states() {
    let mut g = Generator::new(3);
    let say = |e: InvalidState| e.to_string();
    assert_eq!(
        g.set_state(&[0; 5]).map_err(say),
        Err("Expected a CPUGeneratorImplState of size 5056 but found the input RNG state size to be 5".to_owned())
    );
    assert_eq!(g.set_state(&[0; STATE_BYTES]).map_err(say), Err("Invalid mt19937 state".to_owned()));
    // A countdown of 2 and an index of 624 would read past the words at the next draw.
    let mut beyond = g.state();
    beyond[8] = 2;
    beyond[16..18].copy_from_slice(&624_u16.to_le_bytes());
    assert_eq!(g.set_state(&beyond), Err(InvalidState::Twister));
    assert_eq!(g, Generator::new(3));
}
