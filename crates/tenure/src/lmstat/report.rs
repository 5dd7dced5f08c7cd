//! What is told of license servers, before it is text: the same things in the same order.
//!
//! Words here are ready to be printed (`words`); numbers and times are not. Deliberately not here: where it comes from.

use tenure_document::{Time, Version};

/// One report: the servers that stand for one another, and what one of them says.
#[derive(Debug, Clone)]
pub struct Report {
    /// When it was asked for.
    pub now: Time,
    /// The servers in the order they were named.
    pub servers: Vec<Server>,
    /// What the one that was asked said; absent when none could be.
    pub told: Option<Told>,
}

/// One server as it was named.
#[derive(Debug, Clone)]
pub struct Server {
    /// Host name.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether it answers.
    pub state: State,
}

/// Whether a server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It does, with this version; `master` is the one that was asked for everything else.
    Up { version: String, master: bool },
    /// It does not.
    Down(Fault),
}

/// Why a server tells nothing, by the numbers that such tools give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing listens there.
    Refused,
    /// There is no answer.
    Silent,
    /// The answer is none.
    Garbled,
    /// Who asks is not known, or may not.
    NotAllowed,
}

/// What one server said.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// What stands in the place of a license file: the container's serial.
    pub container: String,
    /// It grants; else only those who hold something are served.
    pub grants: bool,
    /// The features, where they were asked for.
    pub features: Vec<Feature>,
    /// The items, where they were asked for.
    pub items: Vec<Item>,
}

/// One feature.
#[derive(Debug, Clone, Default)]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// Seats of all versions; absent when uncounted.
    pub issued: Option<u64>,
    /// Seats in use.
    pub used: u64,
    /// Its versions, each with who has or wants something of it.
    pub versions: Vec<Block>,
}

impl Feature {
    /// Seats that others can't have: in use, or kept and idle. Such tools have always counted so.
    pub fn taken(&self) -> u64 {
        self.used
            + self
                .versions
                .iter()
                .flat_map(|block| &block.reserved)
                .map(|kept| kept.count)
                .sum::<u64>()
    }

    /// Somebody has or wants something of it.
    pub fn is_busy(&self) -> bool {
        self.used > 0 || self.versions.iter().any(|block| !block.is_idle())
    }
}

/// One version of a feature.
#[derive(Debug, Clone, Default)]
pub struct Block {
    /// The version.
    pub version: Version,
    /// The next end of its items.
    pub expiry: Option<Time>,
    /// Seats kept for somebody and not in use.
    pub reserved: Vec<Reserved>,
    /// Who has seats.
    pub held: Vec<Held>,
    /// Who waits.
    pub queued: Vec<Queued>,
}

impl Block {
    /// Nobody has or wants anything of it.
    pub fn is_idle(&self) -> bool {
        self.reserved.is_empty() && self.held.is_empty() && self.queued.is_empty()
    }
}

/// Idle seats kept for somebody.
#[derive(Debug, Clone)]
pub struct Reserved {
    /// How many.
    pub count: u64,
    /// `HOST ws99`, `USER ann`.
    pub whom: String,
}

/// Who.
#[derive(Debug, Clone)]
pub struct Who {
    /// User.
    pub user: String,
    /// Machine.
    pub host: String,
    /// Session or process.
    pub display: String,
}

/// A lease.
#[derive(Debug, Clone)]
pub struct Held {
    /// Who has it.
    pub who: Who,
    /// Its number, which tells the lines of one holder apart.
    pub handle: u64,
    /// Since when.
    pub start: Time,
    /// Seats.
    pub count: u32,
    /// Borrowed: seconds left, and seconds in all.
    pub linger: Option<(u64, u64)>,
}

/// Who waits.
#[derive(Debug, Clone)]
pub struct Queued {
    /// Who.
    pub who: Who,
    /// The version asked for.
    pub asked: Version,
    /// A number that tells lines apart.
    pub handle: u64,
    /// Seats.
    pub count: u32,
}

/// One item, as a line of a license file.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its feature.
    pub feature: String,
    /// Its version.
    pub version: Version,
    /// Seats; 0 when uncounted.
    pub count: u64,
    /// Its end.
    pub expiry: Option<Time>,
}
