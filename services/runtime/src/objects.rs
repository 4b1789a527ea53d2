//! Documents that are larger than a message may be: in an object store of the bus, with a reference to them where the message stands.
//!
//! An object has a name of its own and is never written over, so whoever follows a reference reads what was meant or nothing. Whoever
//! publishes a reference puts the object first and forgets the older ones of the same key afterwards.

use async_nats::jetstream::{
    self,
    object_store::{self, ObjectMetadata, ObjectStore},
};
use bytes::Bytes;
use futures_util::StreamExt;
use multihome_messages::header;
use tokio::io::AsyncReadExt;

use crate::{Bus, BusError, bus::Kept, random_bits};

/// The bucket; its stream is `OBJ_` and this.
const BUCKET: &str = "broadcasts";
/// What a message's headers may take of the server's limit.
const CHUNK_ROOM: usize = 1024;
const MOST_CHUNK: usize = 512 * 1024;
/// No document is longer, compressed: it would have ten million instances.
const LONGEST: u64 = 1 << 30;

impl Bus {
    /// Keeps `body` under a name that begins with `key` and is nobody else's, and answers the name.
    pub async fn put_object(&self, key: &str, body: &[u8]) -> Result<String, BusError> {
        let name = format!("{key}.{:032x}", random_bits());
        let store = self.objects().await?;
        // A chunk is a message, too.
        let chunk_size = self.client().server_info().max_payload.saturating_sub(CHUNK_ROOM).clamp(1, MOST_CHUNK);
        let metadata = ObjectMetadata { name: name.clone(), chunk_size: Some(chunk_size), ..ObjectMetadata::default() };
        let mut rest = body;
        store.put(metadata, &mut rest).await.map_err(|why| failed(&name, "stored", why))?;
        Ok(name)
    }

    /// What is kept under a name.
    pub async fn object(&self, name: &str) -> Result<Bytes, BusError> {
        let store = self.jetstream().get_object_store(BUCKET).await.map_err(|why| failed(name, "fetched", why))?;
        let object = store.get(name).await.map_err(|why| failed(name, "fetched", why))?;
        let mut body = Vec::with_capacity(usize::try_from((object.info.size as u64).min(LONGEST)).unwrap_or(0));
        object.take(LONGEST).read_to_end(&mut body).await.map_err(|why| failed(name, "fetched", why))?;
        Ok(body.into())
    }

    /// Forgets every object of a key but one.
    pub async fn forget_objects(&self, key: &str, except: Option<&str>) -> Result<(), BusError> {
        let store = match self.jetstream().get_object_store(BUCKET).await {
            Ok(store) => store,
            // There never was one.
            Err(_) => return Ok(()),
        };
        let mut listed = store.list().await.map_err(|why| failed(key, "listed", why))?;
        while let Some(object) = listed.next().await {
            let name = object.map_err(|why| failed(key, "listed", why))?.name;
            if name.rsplit_once('.').is_some_and(|(of, _)| of == key) && Some(name.as_str()) != except {
                store.delete(&name).await.map_err(|why| failed(&name, "deleted", why))?;
            }
        }
        Ok(())
    }

    /// The message with the body that it refers to, if it refers to one.
    pub async fn whole(&self, kept: Kept) -> Result<Kept, BusError> {
        match kept.headers.get(header::OBJECT) {
            Some(name) => Ok(Kept { body: self.object(name.as_str()).await?, ..kept }),
            None => Ok(kept),
        }
    }

    async fn objects(&self) -> Result<ObjectStore, BusError> {
        if let Ok(store) = self.jetstream().get_object_store(BUCKET).await {
            return Ok(store);
        }
        let config = object_store::Config {
            bucket: BUCKET.to_owned(),
            description: Some("Documents that are larger than a message may be".to_owned()),
            storage: jetstream::stream::StorageType::File,
            num_replicas: self.replicas(),
            ..object_store::Config::default()
        };
        self.jetstream().create_object_store(config).await.map_err(|why| failed(BUCKET, "made", why))
    }
}

fn failed(name: &str, what: &str, why: impl std::fmt::Display) -> BusError {
    BusError::Stream(format!("the object {name} could not be {what}: {why}"))
}
