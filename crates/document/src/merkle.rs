//! Merkle trees as in RFC 9162, section 2.1.
//!
//! Invariants: a leaf is hashed with a leading 0x00 and a node with a leading 0x01, so neither
//! can stand for the other; a path has exactly the length its index and size demand.
//! Not here: what the leaves are (`batch.rs`).

use crate::{
    error::DocumentError,
    hash::{Hash, Hasher},
};

/// The hash of a leaf's data.
pub fn leaf_hash(data: &[u8]) -> Hash {
    leaf_hash_of_parts([data])
}

/// The same of data in parts, without joining them first.
pub(crate) fn leaf_hash_of_parts<const N: usize>(parts: [&[u8]; N]) -> Hash {
    let mut hasher = Hasher::new();
    hasher.add(&[0]);
    parts.into_iter().for_each(|part| hasher.add(part));
    hasher.finish()
}

/// The hash of a node from its two children.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut node = [1; 65];
    node[1..33].copy_from_slice(&left.0);
    node[33..].copy_from_slice(&right.0);
    Hash::of(&node)
}

/// A tree over leaf hashes; all levels are kept, so paths cost nothing.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The leaves first, the root last. Never empty; the only level of an empty tree is empty.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// Builds the tree over leaf hashes.
    pub fn new(leaves: Vec<Hash>) -> Tree {
        let mut levels = vec![leaves];
        loop {
            let below = &levels[levels.len() - 1];
            if below.len() <= 1 {
                return Tree { levels };
            }
            // A last node without a sibling moves up unchanged: this is the RFC's split at the
            // largest power of two, seen from below.
            let above = below
                .chunks(2)
                .map(|pair| match pair {
                    [left, right] => node_hash(left, right),
                    single => single[0],
                })
                .collect();
            levels.push(above);
        }
    }

    /// How many leaves.
    pub fn size(&self) -> u32 {
        self.levels[0].len() as u32
    }

    /// The root; of an empty tree the hash of nothing, as the RFC says.
    pub fn root(&self) -> Hash {
        self.levels.last().and_then(|top| top.first()).copied().unwrap_or_else(|| Hash::of(&[]))
    }

    /// The path of a leaf, lowest first; empty when there is no such leaf.
    pub fn path(&self, index: u32) -> Vec<Hash> {
        self.siblings(index).copied().collect()
    }

    /// The same without a list of its own.
    pub fn siblings(&self, index: u32) -> impl Iterator<Item = &Hash> {
        let levels = if index < self.size() { &self.levels[..] } else { &[] };
        levels.iter().enumerate().filter_map(move |(height, level)| {
            // A tree has fewer levels than an index has bits.
            level.get((index as usize >> height) ^ 1)
        })
    }
}

/// The root that a leaf and its path lead to (RFC 9162, section 2.1.3.2).
///
/// # Errors
/// `bad-path` when the index is not below the size or the path has not the length they demand.
pub fn verify_path(
    leaf: &Hash,
    index: u32,
    size: u32,
    path: &[Hash],
) -> Result<Hash, DocumentError> {
    if index >= size {
        return Err(DocumentError::BadPath(format!("index {index} is not below size {size}")));
    }
    let wrong_length =
        || DocumentError::BadPath(format!("{} hashes are too many or too few", path.len()));
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in path {
        if last == 0 {
            return Err(wrong_length());
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    if last == 0 { Ok(hash) } else { Err(wrong_length()) }
}
