//! Why an operation has no reply.

use multihome_ec2::{Ec2Error, EncodeError};
use multihome_runtime::{Failure, bus::BusError};
use multihome_types::Refusal;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// SQLSTATE `deadlock_detected` and `serialization_failure`.
const DEADLOCK: &str = "40P01";
const SERIALIZATION: &str = "40001";

/// A refusal (for the user), or a failure (ours: logged once, by the dispatcher, and shown as `InternalError`).
#[derive(Debug)]
pub enum Fault {
    Refused(Ec2Error),
    Failed(Failure),
}

impl Fault {
    /// Whether a row with this key is there already. In a create that looked at everything else under a lock, it is the new id that is
    /// taken: of eight digits, with a million in use, one in four thousand is.
    pub(crate) fn is_taken(&self) -> bool {
        let Self::Failed(failure) = self else { return false };
        let why = failure.downcast_ref::<DbErr>().and_then(DbErr::sql_err);
        matches!(why, Some(SqlErr::UniqueConstraintViolation(_)))
    }

    /// Whether a row refers to one that is no more: somebody deleted it between the reading and the writing. Whoever looks again misses it.
    pub(crate) fn is_gone(&self) -> bool {
        let Self::Failed(failure) = self else { return false };
        let why = failure.downcast_ref::<DbErr>().and_then(DbErr::sql_err);
        matches!(why, Some(SqlErr::ForeignKeyConstraintViolation(_)))
    }

    /// Whether PostgreSQL undid the transaction for somebody else's sake: the same, done again, may well succeed.
    pub(crate) fn is_undone(&self) -> bool {
        let Self::Failed(failure) = self else { return false };
        let Some(DbErr::Exec(RuntimeErr::SqlxError(why)) | DbErr::Query(RuntimeErr::SqlxError(why))) = failure.downcast_ref::<DbErr>() else {
            return false;
        };
        let code = why.as_database_error().and_then(|error| error.code());
        code.is_some_and(|code| [DEADLOCK, SERIALIZATION].contains(&code.as_ref()))
    }
}

impl From<Ec2Error> for Fault {
    fn from(error: Ec2Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl From<EncodeError> for Fault {
    fn from(error: EncodeError) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl From<BusError> for Fault {
    /// Nobody there, or nobody in time, is an answer that SDKs try again on; anything else is ours to look into.
    fn from(error: BusError) -> Self {
        match error {
            BusError::NoResponders { .. } | BusError::TimedOut { .. } => {
                Self::Refused(Ec2Error::new("Unavailable", "The service that does this is not available right now. Please try again."))
            }
            error @ (BusError::Connect { .. }
            | BusError::Request { .. }
            | BusError::Answer { .. }
            | BusError::Publish { .. }
            | BusError::Moved { .. }
            | BusError::Stream(_)) => Self::Failed(Box::new(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_there_is_unavailable_and_not_internal() {
        let fault = Fault::from(BusError::NoResponders { subject: "vpc.request.attach".to_owned() });
        assert!(matches!(fault, Fault::Refused(error) if error.status() == 503));
        assert!(matches!(Fault::from(DbErr::Custom(String::new())), Fault::Failed(_)));
    }
}
