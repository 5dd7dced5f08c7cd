//! The staff's calls about what is sold and to whom: catalog, customers, entitlements, activations.
//!
//! Methods name their route and nothing more; who may call what is the office's decision.

use super::connection::{Call, query, segment};
use super::error::ApiError;
use super::office::OfficeClient;
use crate::list::Page;
use crate::office::{
    ActivationRow, AssignRequest, BackRequest, Customer, CustomerChange, CustomerRequest, Decided,
    Entitlement, EntitlementChange, EntitlementRequest, EntitlementRow, ExtendRequest,
    LicenseModel, LicenseModelRequest, LineReplaceRequest, OfficeQuery, OrderRequest, Product,
    ProductRelation, ProductRequest, Reason, ReduceRequest, ReplaceRequest, UpgradeRequest,
};

impl OfficeClient {
    /// `GET /api/v1/products`
    pub fn products(&self, list: &OfficeQuery) -> Result<Page<Product>, ApiError> {
        self.list("/api/v1/products", list)
    }

    /// `GET /api/v1/products/{product}`
    pub fn product(&self, product: &str) -> Result<Product, ApiError> {
        self.get(&format!("/api/v1/products/{}", segment(product)))
    }

    /// `PUT /api/v1/products/{product}`
    pub fn set_product(
        &self,
        product: &str,
        request: &ProductRequest,
    ) -> Result<Product, ApiError> {
        self.send("PUT", &format!("/api/v1/products/{}", segment(product)), request)
    }

    /// `DELETE /api/v1/products/{product}`: it is no longer sold.
    pub fn retire_product(&self, product: &str) -> Result<(), ApiError> {
        self.client.done(Call::new("DELETE", format!("/api/v1/products/{}", segment(product))))
    }

    /// `GET /api/v1/product-relations`
    pub fn product_relations(&self, list: &OfficeQuery) -> Result<Page<ProductRelation>, ApiError> {
        self.list("/api/v1/product-relations", list)
    }

    /// `POST /api/v1/product-relations`
    pub fn relate_products(
        &self,
        relation: &ProductRelation,
        key: &str,
    ) -> Result<ProductRelation, ApiError> {
        self.post("/api/v1/product-relations", relation, key)
    }

    /// `DELETE /api/v1/product-relations?kind=&from=&to=`
    pub fn unrelate_products(&self, relation: &ProductRelation) -> Result<(), ApiError> {
        let pairs = [
            ("kind", Some(relation.kind.word().to_owned())),
            ("from", Some(relation.from.clone())),
            ("to", Some(relation.to.clone())),
        ];
        let path = format!("/api/v1/product-relations{}", query(&pairs));
        self.client.done(Call::new("DELETE", path))
    }

    /// `GET /api/v1/license-models`
    pub fn license_models(&self, list: &OfficeQuery) -> Result<Page<LicenseModel>, ApiError> {
        self.list("/api/v1/license-models", list)
    }

    /// `GET /api/v1/license-models/{name}`
    pub fn license_model(&self, name: &str) -> Result<LicenseModel, ApiError> {
        self.get(&format!("/api/v1/license-models/{}", segment(name)))
    }

    /// `PUT /api/v1/license-models/{name}`
    pub fn set_license_model(
        &self,
        name: &str,
        request: &LicenseModelRequest,
    ) -> Result<LicenseModel, ApiError> {
        self.send("PUT", &format!("/api/v1/license-models/{}", segment(name)), request)
    }

    /// `DELETE /api/v1/license-models/{name}`: nothing is sold under it any more.
    pub fn retire_license_model(&self, name: &str) -> Result<(), ApiError> {
        self.client.done(Call::new("DELETE", format!("/api/v1/license-models/{}", segment(name))))
    }

    /// `GET /api/v1/customers`
    pub fn customers(&self, list: &OfficeQuery) -> Result<Page<Customer>, ApiError> {
        self.list("/api/v1/customers", list)
    }

    /// `GET /api/v1/customers/{id}`
    pub fn customer(&self, id: &str) -> Result<Customer, ApiError> {
        self.get(&format!("/api/v1/customers/{}", segment(id)))
    }

    /// `POST /api/v1/customers`
    pub fn create_customer(
        &self,
        request: &CustomerRequest,
        key: &str,
    ) -> Result<Customer, ApiError> {
        self.post("/api/v1/customers", request, key)
    }

    /// `PATCH /api/v1/customers/{id}`
    pub fn change_customer(&self, id: &str, change: &CustomerChange) -> Result<Customer, ApiError> {
        self.send("PATCH", &format!("/api/v1/customers/{}", segment(id)), change)
    }

    /// `POST /api/v1/customers/{id}/forget`: its contacts and notes are erased.
    pub fn forget_customer(
        &self,
        id: &str,
        reason: &Reason,
        key: &str,
    ) -> Result<Customer, ApiError> {
        self.post(&format!("/api/v1/customers/{}/forget", segment(id)), reason, key)
    }

    /// `GET /api/v1/entitlements`
    pub fn entitlements(&self, list: &OfficeQuery) -> Result<Page<EntitlementRow>, ApiError> {
        self.list("/api/v1/entitlements", list)
    }

    /// `GET /api/v1/entitlements/{id}`
    pub fn entitlement(&self, activation_id: &str) -> Result<Entitlement, ApiError> {
        self.get(&entitlement(activation_id, ""))
    }

    /// `POST /api/v1/entitlements`
    pub fn create_entitlement(
        &self,
        request: &EntitlementRequest,
        key: &str,
    ) -> Result<Decided<Entitlement>, ApiError> {
        self.decided("/api/v1/entitlements", request, key)
    }

    /// `PATCH /api/v1/entitlements/{id}`
    pub fn change_entitlement(
        &self,
        activation_id: &str,
        change: &EntitlementChange,
    ) -> Result<Entitlement, ApiError> {
        self.send("PATCH", &entitlement(activation_id, ""), change)
    }

    /// `POST /api/v1/entitlements/{id}/orders`
    pub fn order(
        &self,
        activation_id: &str,
        request: &OrderRequest,
        key: &str,
    ) -> Result<Decided<Entitlement>, ApiError> {
        self.decided(&entitlement(activation_id, "/orders"), request, key)
    }

    /// `POST /api/v1/entitlements/{id}/suspend`
    pub fn suspend_entitlement(
        &self,
        activation_id: &str,
        reason: &Reason,
        key: &str,
    ) -> Result<Decided<Entitlement>, ApiError> {
        self.decided(&entitlement(activation_id, "/suspend"), reason, key)
    }

    /// `POST /api/v1/entitlements/{id}/resume`
    pub fn resume_entitlement(
        &self,
        activation_id: &str,
        reason: &Reason,
        key: &str,
    ) -> Result<Decided<Entitlement>, ApiError> {
        self.decided(&entitlement(activation_id, "/resume"), reason, key)
    }

    /// `POST /api/v1/entitlements/{id}/withdraw`
    pub fn withdraw_entitlement(
        &self,
        activation_id: &str,
        reason: &Reason,
        key: &str,
    ) -> Result<Decided<Entitlement>, ApiError> {
        self.decided(&entitlement(activation_id, "/withdraw"), reason, key)
    }

    /// `POST /api/v1/entitlements/{id}/lines/{n}/extend`
    pub fn extend_line(
        &self,
        (activation_id, line): (&str, u32),
        request: &ExtendRequest,
        key: &str,
    ) -> Result<Decided<Entitlement>, ApiError> {
        self.decided(&entitlement(activation_id, &format!("/lines/{line}/extend")), request, key)
    }

    /// `POST /api/v1/entitlements/{id}/lines/{n}/upgrade`
    pub fn upgrade_line(
        &self,
        (activation_id, line): (&str, u32),
        request: &UpgradeRequest,
        key: &str,
    ) -> Result<Decided<Entitlement>, ApiError> {
        self.decided(&entitlement(activation_id, &format!("/lines/{line}/upgrade")), request, key)
    }

    /// `POST /api/v1/entitlements/{id}/lines/{n}/replace`
    pub fn replace_line(
        &self,
        (activation_id, line): (&str, u32),
        request: &LineReplaceRequest,
        key: &str,
    ) -> Result<Decided<Entitlement>, ApiError> {
        self.decided(&entitlement(activation_id, &format!("/lines/{line}/replace")), request, key)
    }

    /// `POST /api/v1/entitlements/{id}/lines/{n}/reduce`
    pub fn reduce_line(
        &self,
        (activation_id, line): (&str, u32),
        request: &ReduceRequest,
        key: &str,
    ) -> Result<Decided<Entitlement>, ApiError> {
        self.decided(&entitlement(activation_id, &format!("/lines/{line}/reduce")), request, key)
    }

    /// `GET /api/v1/activations`
    pub fn activations(&self, list: &OfficeQuery) -> Result<Page<ActivationRow>, ApiError> {
        self.list("/api/v1/activations", list)
    }

    /// `GET /api/v1/activations/{activation}`
    pub fn activation(&self, activation: &str) -> Result<ActivationRow, ApiError> {
        self.get(&format!("/api/v1/activations/{}", segment(activation)))
    }

    /// `POST /api/v1/activations`
    pub fn assign(
        &self,
        request: &AssignRequest,
        key: &str,
    ) -> Result<Decided<ActivationRow>, ApiError> {
        self.decided("/api/v1/activations", request, key)
    }

    /// `POST /api/v1/activations/{activation}/return`: the next update takes it out, and it is free when it is back.
    pub fn return_activation(
        &self,
        activation: &str,
        request: &BackRequest,
        key: &str,
    ) -> Result<Decided<ActivationRow>, ApiError> {
        let path = format!("/api/v1/activations/{}/return", segment(activation));
        self.decided(&path, request, key)
    }

    /// `POST /api/v1/activations/{activation}/withdraw`: the next update takes it out, whatever the terms say of
    /// returns.
    pub fn withdraw_activation(
        &self,
        activation: &str,
        request: &BackRequest,
        key: &str,
    ) -> Result<Decided<ActivationRow>, ApiError> {
        let path = format!("/api/v1/activations/{}/withdraw", segment(activation));
        self.decided(&path, request, key)
    }

    /// `POST /api/v1/activations/{activation}/replace`: the new activation.
    pub fn replace_activation(
        &self,
        activation: &str,
        request: &ReplaceRequest,
        key: &str,
    ) -> Result<Decided<ActivationRow>, ApiError> {
        let path = format!("/api/v1/activations/{}/replace", segment(activation));
        self.decided(&path, request, key)
    }
}

fn entitlement(activation_id: &str, rest: &str) -> String {
    format!("/api/v1/entitlements/{}{rest}", segment(activation_id))
}
