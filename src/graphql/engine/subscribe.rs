//! From a request to its answers, where there can be more than one.

use async_graphql::parser::types::OperationType;
use bytes::Bytes;
use futures_util::future::{Either, ready};
use futures_util::stream::{self, Stream};

use super::prepared::Prepared;
use super::{Engine, Kinds, Registry};
use crate::db::Follower;
use crate::graphql::error::{Error, bounded};
use crate::graphql::request::{Answer, Request};
use crate::graphql::schema::{REGISTRY_VERSION, SUBSCRIPTION};
use crate::read::{Document, Variables};
use crate::write::Version;

impl Engine {
    /// Runs one operation of any kind. A subscription's answers come as they come about; any other operation has run when
    /// this returns, and its stream is the one answer. Dropping the future or the stream ends the work.
    ///
    /// # Errors
    ///
    /// As [`answer`](Self::answer): the reasons why it wasn't run.
    pub async fn subscribe(
        &self,
        request: Request,
    ) -> Result<impl Stream<Item = Answer> + use<>, Vec<Error>> {
        let prepared = self.prepare(&request, Kinds::All).await.map_err(bounded)?;
        if prepared.operation.ty == OperationType::Subscription {
            let answers = self.source(&prepared, &request).map_err(bounded)?;
            if let Some(hash) = request.keep_as {
                self.documents.keep(hash, &request.query);
            }
            return Ok(Either::Left(answers));
        }
        let answer = self.run_prepared(&prepared, request);
        let answer = answer.await.map_err(bounded)?;
        Ok(Either::Right(stream::once(ready(answer))))
    }

    /// The answers of a valid subscription.
    fn source(
        &self,
        prepared: &Prepared,
        request: &Request,
    ) -> Result<impl Stream<Item = Answer> + use<>, Vec<Error>> {
        let fault = |cause: &str| vec![Error::internal(cause)];
        let registry = (self.registry.as_ref()).ok_or_else(|| fault("there is no registry"))?;
        let (key, name) = registry.root_field(prepared, request)?;
        match name.as_str() {
            REGISTRY_VERSION => {
                let answers = registry.answers.as_ref();
                let answers = answers.ok_or_else(|| fault("the version is not watched"))?;
                Ok(versions(key, answers.version.follow()))
            }
            other => Err(fault(&format!("nothing answers the subscription {other}"))),
        }
    }
}

impl Registry {
    /// The one field of a valid subscription: the key of its answers, and its name.
    fn root_field(
        &self,
        prepared: &Prepared,
        request: &Request,
    ) -> Result<(String, String), Vec<Error>> {
        let variables = Variables::of(&prepared.operation, &request.variables, self.model)?;
        let document = Document {
            fragments: &prepared.document.fragments,
            variables: &variables,
        };
        let selection = &prepared.operation.selection_set.node;
        let fields = document.collect(&[selection], &|name| name == SUBSCRIPTION);
        let fields = fields.map_err(|error| vec![error])?;
        let field = fields.first().map(|(key, fields)| {
            let name = &fields[0].node.name.node;
            ((*key).to_owned(), name.to_string())
        });
        field.ok_or_else(|| vec![Error::internal("a valid subscription has no field")])
    }
}

/// An answer for each version: the number of the newest change, told again where something changed that isn't logged.
fn versions(key: String, follower: Follower<Version>) -> impl Stream<Item = Answer> + use<> {
    stream::unfold((key, follower), async |(key, mut follower)| {
        // An `Int` has no more than 31 bits for it.
        let number = follower.next().await?.last_change & i64::from(i32::MAX);
        let answer = Answer {
            body: Bytes::from(format!(r#"{{"data":{{"{key}":{number}}}}}"#)),
            ..Answer::default()
        };
        Some((answer, (key, follower)))
    })
}
