//! What if: recorded requests put again to the state as it would be under other rules, and what that changes.
//!
//! [`WhatIf`] takes the state at the beginning, commands that change it (a model, reservations, properties) and then
//! the recorded entries one after the other. Requests are decided by the same functions as in service, on a scratch
//! copy; beside it the record is folded as it was, for the figures to compare with.
//! Invariants: nothing proposed, nothing changed (the replay gives exactly the recorded outcomes); memory is bounded
//! by live leases and by the limits of [`WhatIfOptions`]; no state in service is touched.
//! Deliberately not here: reading a ledger, threads, progress shown to people (server).

mod figures;
mod grouping;
mod hold;
mod lives;
mod proposed;
mod recorded;
mod replay;
mod report;
mod request;
mod tally;

pub use grouping::{GroupBy, WhatIfOptions};
pub use recorded::Recorded;
pub use replay::WhatIf;
pub use report::{
    Compared, FeatureEffect, GroupEffect, Level, Outcomes, PoolEffect, RequestExample, WhatIfReport,
};
