//! The folder in which an embedded run keeps everything, locked by one process at a time.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

use anyhow::Context;

/// The database of a state folder.
pub fn database(state: &Path) -> PathBuf {
    state.join("multihome.db")
}

pub struct State {
    path: PathBuf,
    /// Locked as long as it is open; the system unlocks it when the process ends, however it ends.
    _lock: File,
}

impl State {
    pub fn lock(path: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(path).with_context(|| format!("cannot make the state folder {}", path.display()))?;
        let path = path.canonicalize().with_context(|| format!("cannot find the state folder {}", path.display()))?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path.join("lock"));
        let lock = lock.with_context(|| format!("cannot write to the state folder {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                anyhow::bail!("another 'multihome up' is using {}: stop it, or give this one a folder of its own with --state", path.display())
            }
            Err(TryLockError::Error(why)) => Err(why).with_context(|| format!("cannot lock the state folder {}", path.display())),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn marker(&self) -> PathBuf {
        self.path.join("tour-taken")
    }

    pub fn is_first_tour(&self) -> bool {
        !self.marker().exists()
    }

    /// The next start goes without.
    pub fn tour_taken(&self) {
        if let Err(why) = File::create(self.marker()) {
            tracing::warn!(error = %why, "It could not be noted that the tour was taken");
        }
    }
}
