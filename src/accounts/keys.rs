//! API keys: made, revoked, listed.

use super::Accounts;
use super::model::{ApiKey, ApiKeySecret, NewKey};
use super::repo::keys;
use crate::db::Origin;
use crate::error::Result;

/// A key that has just been made: the only time that its secret is known.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    pub key: ApiKey,
    pub secret: ApiKeySecret,
}

impl Accounts {
    pub async fn create_key(&self, origin: Origin, new: NewKey) -> Result<NewApiKey> {
        let secret = ApiKeySecret::generate()?;
        let stored = secret.clone();
        let actor = origin.actor;
        let key = self
            .0
            .router
            .write("create_key", origin, move |tx| keys::insert(tx, &new, &stored))
            .await?
            .value;
        let (key_id, scopes) = (key.key_id, &key.scopes);
        tracing::info!(event = "authn_token_created", %actor, key_id, %scopes, "API key created");
        Ok(NewApiKey { key, secret })
    }

    /// Ends a key for good; it counts for nothing from the next request on, on every node.
    pub async fn revoke_key(&self, origin: Origin, key_id: i32) -> Result<ApiKey> {
        let actor = origin.actor;
        let key = self
            .0
            .router
            .write("revoke_key", origin, move |tx| keys::revoke(tx, key_id))
            .await?
            .value;
        tracing::info!(event = "authn_token_revoked", %actor, key_id, "API key revoked");
        Ok(key)
    }

    /// All keys, the revoked ones included, in the order they were made. As the primary has them: a list
    /// asked for right after a change must show it.
    pub async fn list_keys(&self) -> Result<Vec<ApiKey>> {
        self.0.router.read_current("list_keys", keys::list).await
    }
}
