//! A queue that grows by chunks: what is in it is never copied to make room.
//!
//! Invariants: a growing queue leaves no old copies behind, which an allocator keeps for a while and which
//! count as memory of the process meanwhile; its memory is its content and at most one chunk at either end.
//! Not here: what stands in the queue (`idempotency`).

use std::{
    collections::VecDeque,
    ops::{Index, IndexMut},
};

/// Elements of one chunk.
const CHUNK: usize = 1024;

/// First in, first out; any place can be looked at.
#[derive(Debug)]
pub(crate) struct Chunks<T> {
    chunks: VecDeque<Vec<T>>,
    /// Elements of the first chunk that have gone.
    gone: usize,
    len: usize,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { chunks: VecDeque::new(), gone: 0, len: 0 }
    }
}

impl<T: Copy> Chunks<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn front(&self) -> Option<T> {
        (self.len > 0).then(|| self[0])
    }

    pub(crate) fn back(&self) -> Option<T> {
        self.len.checked_sub(1).map(|last| self[last])
    }

    pub(crate) fn push_back(&mut self, element: T) {
        match self.chunks.back_mut() {
            Some(last) if last.len() < CHUNK => last.push(element),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(element);
                self.chunks.push_back(chunk);
            }
        }
        self.len += 1;
    }

    pub(crate) fn pop_front(&mut self) -> Option<T> {
        let front = self.front()?;
        self.len -= 1;
        self.gone += 1;
        if self.gone == CHUNK {
            self.chunks.pop_front();
            self.gone = 0;
        }
        Some(front)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten().skip(self.gone)
    }

    /// Bytes held.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        let chunks: usize = self.chunks.iter().map(Vec::capacity).sum();
        chunks * size_of::<T>() + self.chunks.capacity() * size_of::<Vec<T>>()
    }
}

impl<T: Copy> Index<usize> for Chunks<T> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        let at = self.gone + at;
        &self.chunks[at / CHUNK][at % CHUNK]
    }
}

impl<T: Copy> IndexMut<usize> for Chunks<T> {
    fn index_mut(&mut self, at: usize) -> &mut T {
        let at = self.gone + at;
        &mut self.chunks[at / CHUNK][at % CHUNK]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against the standard queue, over several chunks.
        #[test]
        fn it_is_a_queue(steps in prop::collection::vec((0..1500usize, 0..1500usize), 1..12)) {
            let (mut chunks, mut queue) = (Chunks::default(), VecDeque::new());
            let mut next = 0u64;
            for (pushes, pops) in steps {
                for _ in 0..pushes {
                    next += 1;
                    chunks.push_back(next);
                    queue.push_back(next);
                }
                for _ in 0..pops {
                    prop_assert_eq!(chunks.pop_front(), queue.pop_front());
                }
                prop_assert_eq!(chunks.len(), queue.len());
                prop_assert_eq!(chunks.front(), queue.front().copied());
                prop_assert_eq!(chunks.back(), queue.back().copied());
                prop_assert!(chunks.iter().eq(queue.iter()));
                if let Some(at) = queue.len().checked_sub(1) {
                    prop_assert_eq!(chunks[at / 2], queue[at / 2]);
                }
            }
        }
    }
}
