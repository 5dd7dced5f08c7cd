//! A list that grows by chunks: what is in it is never copied to make room.
//!
//! Invariants: a growing list leaves no old copies behind, which an allocator keeps for a while and which count as
//! memory of the process meanwhile; places never move. A list of few stays small.
//! Deliberately not here: who refers to which place (table).

/// Elements of one chunk.
const CHUNK: usize = 512;

/// Elements by place.
#[derive(Debug, Clone)]
pub(crate) struct Slots<T> {
    /// All full but the last.
    chunks: Vec<Vec<T>>,
}

impl<T> Slots<T> {
    pub(crate) fn new() -> Slots<T> {
        Slots { chunks: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        let full = self.chunks.len().saturating_sub(1);
        self.chunks.last().map_or(0, |last| full * CHUNK + last.len())
    }

    pub(crate) fn get(&self, place: usize) -> Option<&T> {
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)
    }

    pub(crate) fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        self.chunks.get_mut(place / CHUNK)?.get_mut(place % CHUNK)
    }

    /// Puts one at the end. Says its place.
    pub(crate) fn push(&mut self, element: T) -> usize {
        let place = self.len();
        match self.chunks.last_mut() {
            Some(last) if last.len() < CHUNK => last.push(element),
            // Only the first chunk grows: most lists have few.
            None => self.chunks.push(vec![element]),
            Some(_) => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(element);
                self.chunks.push(chunk);
            }
        }
        place
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_a_list_and_never_move() {
        let (mut slots, mut list) = (Slots::new(), Vec::new());
        let first = loop {
            assert_eq!((slots.len(), slots.get(list.len())), (list.len(), None));
            assert_eq!(slots.push(list.len()), list.len());
            list.push(list.len());
            if list.len() == CHUNK {
                break slots.get(0).map(std::ptr::from_ref);
            }
        };
        for _ in 0..3 * CHUNK + 1 {
            slots.push(list.len());
            list.push(list.len());
        }
        assert_eq!(slots.get(0).map(std::ptr::from_ref), first);
        assert!(slots.iter().eq(&list) && slots.clone().iter().eq(&list));
        *slots.get_mut(2 * CHUNK).expect("it is there") = 7;
        assert_eq!(slots.get(2 * CHUNK), Some(&7));
        assert_eq!((slots.len(), slots.get_mut(list.len())), (list.len(), None));
    }
}
