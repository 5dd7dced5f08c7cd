//! OpenAPI shapes of the document types that appear in the office's wire types.
//!
//! As in the server's `schema`: mirrors for the published schema only, never built; a test compares each with the
//! type it stands for.

use utoipa::ToSchema;

/// A number, or `uncounted`.
#[derive(ToSchema)]
#[schema(as = Count)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum CountSchema {
    Counted(u32),
    Uncounted(UncountedSchema),
}

/// No limit.
#[derive(ToSchema)]
#[schema(as = Uncounted, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum UncountedSchema {
    Uncounted,
}

/// What kind of container it is: of a license server, bound to a machine, on removable media, bound to nothing.
#[derive(ToSchema)]
#[schema(as = ContainerKind, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum ContainerKindSchema {
    Server,
    Bound,
    Portable,
    Unbound,
}

/// Concurrent use, or consumption of units.
#[derive(ToSchema)]
#[schema(as = Kind, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum KindSchema {
    Concurrent,
    Metered {
        /// Units come back when they are returned.
        reusable: bool,
        /// How long a consumption may be undone.
        undo_seconds: u64,
    },
}

/// How far use may exceed the count.
#[derive(ToSchema)]
#[schema(as = Overdraft, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum OverdraftSchema {
    None,
    Count(u32),
    Percent(u32),
    Unlimited,
}

/// What one seat counts.
#[derive(ToSchema)]
#[schema(as = SeatBasis, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum SeatBasisSchema {
    Process,
    Session,
    Device,
    User,
}

/// What happens to a request beyond the count.
#[derive(ToSchema)]
#[schema(as = Enforcement, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum EnforcementSchema {
    Block,
    Warn,
    Record,
}

/// Allowed or not.
#[derive(ToSchema)]
#[schema(as = Permission, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum PermissionSchema {
    Allow,
    Deny,
}
