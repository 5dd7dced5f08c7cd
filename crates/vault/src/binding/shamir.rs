//! Shamir's secret sharing over GF(256): any `threshold` shares give the secret, fewer give nothing.
//!
//! Invariants: the field is that of AES; no table is looked up at an index that depends on a secret; share numbers are
//! 1 to 255 and none occurs twice.
//! Deliberately not here: chance (it comes in), weights (whoever weighs more gets more shares).

use zeroize::Zeroizing;

/// How long a secret is.
pub(super) const SECRET_LEN: usize = 32;

/// A secret, or a share of one.
pub(super) type Block = Zeroizing<[u8; SECRET_LEN]>;

/// The shares number 1 to `shares`. `chance` holds `threshold - 1` random blocks.
pub(super) fn split(secret: &Block, shares: u8, chance: &[Block]) -> Vec<Block> {
    (1..=shares).map(|number| evaluate(secret, chance, number)).collect()
}

/// The polynomial at `x`, for each byte: its value at zero is the secret.
fn evaluate(secret: &Block, chance: &[Block], x: u8) -> Block {
    let mut value = Zeroizing::new([0; SECRET_LEN]);
    for coefficients in chance.iter().rev() {
        for (place, coefficient) in value.iter_mut().zip(coefficients.iter()) {
            *place = multiply(*place ^ coefficient, x);
        }
    }
    value.iter_mut().zip(secret.iter()).for_each(|(place, byte)| *place ^= byte);
    value
}

/// The secret, from exactly as many shares as the threshold was. Wrong shares give a wrong secret, not an error.
pub(super) fn combine(shares: &[(u8, Block)]) -> Block {
    let mut secret = Zeroizing::new([0; SECRET_LEN]);
    for (place, (number, share)) in shares.iter().enumerate() {
        let others = shares.iter().enumerate().filter(|(other, _)| *other != place);
        let factor = others.fold(1, |factor, (_, (other, _))| {
            multiply(factor, multiply(*other, invert(*other ^ number)))
        });
        for (place, byte) in secret.iter_mut().zip(share.iter()) {
            *place ^= multiply(*byte, factor);
        }
    }
    secret
}

/// The product in GF(256) with x^8 + x^4 + x^3 + x + 1.
fn multiply(left: u8, right: u8) -> u8 {
    let (mut left, mut product) = (left, 0);
    for bit in 0..8 {
        product ^= left & 0u8.wrapping_sub((right >> bit) & 1);
        left = (left << 1) ^ (0x1b & 0u8.wrapping_sub(left >> 7));
    }
    product
}

/// The 254th power; of 0 it is 0, which no two different share numbers lead to.
fn invert(value: u8) -> u8 {
    // 254 = 2 + 4 + … + 128.
    let (mut power, mut result) = (multiply(value, value), 1);
    for _ in 0..7 {
        result = multiply(result, power);
        power = multiply(power, power);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_field_is_that_of_aes() {
        // FIPS 197, section 4.2: {57} times {83} is {c1}, {57} times {13} is {fe}.
        assert_eq!((multiply(0x57, 0x83), multiply(0x57, 0x13)), (0xc1, 0xfe));
        for value in 1..=255 {
            assert_eq!(multiply(value, invert(value)), 1, "{value}");
        }
    }

    #[test]
    fn one_share_short_leaves_every_secret_equally_likely() {
        // With 1 of 2 shares there is, for each secret, a coefficient that explains the share.
        let share = split(&Zeroizing::new([7; 32]), 2, &[Zeroizing::new([99; 32])])[0][0];
        let explained = (0..=255u8).filter(|secret| {
            (0..=255u8).any(|coefficient| secret ^ multiply(coefficient, 1) == share)
        });
        assert_eq!(explained.count(), 256);
    }

    proptest! {
        #[test]
        fn any_threshold_of_shares_gives_the_secret_and_no_fewer_do(
            secret in any::<[u8; 32]>(),
            seed in any::<[u8; 32]>(),
            (threshold, shares) in (1u8..=20).prop_flat_map(|k| (Just(k), k..=40)),
            from in any::<proptest::sample::Index>(),
            step in 1usize..7,
        ) {
            let secret: Block = Zeroizing::new(secret);
            let chance: Vec<Block> = (1..threshold)
                .map(|n| Zeroizing::new(seed.map(|byte| multiply(byte ^ n, n ^ 0x5a) | 1)))
                .collect();
            let made = split(&secret, shares, &chance);
            let mut numbers: Vec<u8> = (1..=shares).collect();
            numbers.rotate_left(from.index(usize::from(shares)));
            let mut chosen: Vec<u8> = numbers.iter().copied().step_by(step).collect();
            chosen.extend(numbers.iter().filter(|n| !chosen.contains(n)).copied().collect::<Vec<_>>());
            chosen.truncate(usize::from(threshold));
            let points: Vec<(u8, Block)> =
                chosen.iter().map(|n| (*n, made[usize::from(*n) - 1].clone())).collect();
            prop_assert_eq!(combine(&points), secret.clone());
            if threshold > 1 {
                prop_assert_ne!(combine(&points[1..]), secret);
            }
        }
    }
}
