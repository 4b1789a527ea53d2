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

    /// A file with a secret that only this user can read, made when it is first asked for.
    pub fn secret(&self, place: fn(&Path) -> PathBuf) -> anyhow::Result<PathBuf> {
        let path = place(&self.path);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(mut file) => {
                let secret = format!("{:032x}{:032x}\n", multihome_runtime::random_bits(), multihome_runtime::random_bits());
                std::io::Write::write_all(&mut file, secret.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
            }
            Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(why) => return Err(why).with_context(|| format!("cannot make {}", path.display())),
        }
        Ok(path)
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
