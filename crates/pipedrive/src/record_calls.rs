//! The calls that exist for most kinds of records in the same form: reading, making, changing and deleting one.
//!
//! In: for each kind what it is shown as, what its bodies are, what its ids are, and which operation each call is. Out: the methods of
//! the client. Lists and what else differs is in the file of each kind.

macro_rules! record_calls {
    ($shown:ty, $body:ty, $id:ty: $($(#[$doc:meta])+ $form:ident $name:ident = $operation:ident;)+) => {
        impl crate::client::Client {
            $(record_calls!(@$form [$shown, $body, $id] $(#[$doc])+ $name = $operation);)+
        }
    };
    (@read [$shown:ty, $body:ty, $id:ty] $(#[$doc:meta])+ $name:ident = $operation:ident) => {
        $(#[$doc])+
        ///
        /// # Errors
        /// As [`CallError`](api_client::CallError) says.
        pub async fn $name(
            &self,
            id: $id,
            context: &api_client::CallContext,
        ) -> Result<api_client::Row<$shown>, api_client::CallError> {
            let call = crate::cost::$operation.call(&[&id], context);
            crate::envelope::one(&self.send(call).await?)
        }
    };
    (@make [$shown:ty, $body:ty, $id:ty] $(#[$doc:meta])+ $name:ident = $operation:ident) => {
        $(#[$doc])+
        ///
        /// # Errors
        /// As [`CallError`](api_client::CallError) says.
        pub async fn $name(
            &self,
            body: &$body,
            context: &api_client::CallContext,
        ) -> Result<api_client::Row<$shown>, api_client::CallError> {
            let call = crate::cost::$operation.call(&[], context).json(body);
            crate::envelope::one(&self.send(call).await?)
        }
    };
    (@change [$shown:ty, $body:ty, $id:ty] $(#[$doc:meta])+ $name:ident = $operation:ident) => {
        $(#[$doc])+
        ///
        /// # Errors
        /// As [`CallError`](api_client::CallError) says.
        pub async fn $name(
            &self,
            id: $id,
            body: &$body,
            context: &api_client::CallContext,
        ) -> Result<api_client::Row<$shown>, api_client::CallError> {
            let call = crate::cost::$operation.call(&[&id], context).json(body);
            crate::envelope::one(&self.send(call).await?)
        }
    };
    (@delete [$shown:ty, $body:ty, $id:ty] $(#[$doc:meta])+ $name:ident = $operation:ident) => {
        $(#[$doc])+
        ///
        /// # Errors
        /// As [`CallError`](api_client::CallError) says.
        pub async fn $name(
            &self,
            id: $id,
            context: &api_client::CallContext,
        ) -> Result<(), api_client::CallError> {
            let call = crate::cost::$operation.call(&[&id], context);
            crate::envelope::done(&self.send(call).await?)
        }
    };
}

pub(crate) use record_calls;
