//! What the pinned version of async-graphql does right. Its own execution answers what the read engine doesn't, so a newer
//! version may be taken when it passes this.

use std::time::Duration;

use async_graphql::dynamic::{Field, FieldFuture, FieldValue, Object, Schema, TypeRef};
use async_graphql::{Error, Value};

fn later(name: &str, wait: u64) -> Field {
    Field::new(name, TypeRef::named_nn(TypeRef::INT), move |_| {
        FieldFuture::new(async move {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            Ok(Some(Value::from(wait)))
        })
    })
}

fn failing(name: &str, ty: TypeRef) -> Field {
    Field::new(name, ty, |_| {
        FieldFuture::new(async { Err::<Option<Value>, _>(Error::new("no")) })
    })
}

fn schema() -> Schema {
    let inner = Object::new("Inner")
        .field(later("fine", 0))
        .field(failing("needed", TypeRef::named_nn(TypeRef::INT)));
    let query = Object::new("Query")
        .field(later("slow", 30))
        .field(later("quick", 0))
        .field(Field::new("inner", TypeRef::named("Inner"), |_| {
            FieldFuture::new(async { Ok(Some(FieldValue::owned_any(()))) })
        }));
    Schema::build("Query", None, None)
        .register(inner)
        .register(query)
        .finish()
        .expect("the schema is whole")
}

#[tokio::test]
async fn fields_come_in_the_order_of_the_selection() {
    let response = schema().execute("{ slow quick again: slow }").await;
    let data = response.data.into_json().expect("data is JSON").to_string();
    assert_eq!(data, r#"{"slow":30,"quick":0,"again":30}"#);
}

#[tokio::test]
async fn an_error_never_leaves_a_field_out() {
    let response = schema().execute("{ quick inner { fine needed } }").await;
    assert_eq!(response.errors.len(), 1);
    let data = response.data.into_json().expect("data is JSON");
    // A field that can't be null nulls its parent; leaving it out of a parent that is kept would break the schema.
    let kept = data.get("inner").filter(|inner| !inner.is_null());
    assert_eq!(kept, None, "the parent of a failed non-null field is kept");
}
