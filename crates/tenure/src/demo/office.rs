//! The publisher of the demo: its office with a catalog, a customer who buys, and an activation ID.
//!
//! Everything goes through the office's REST API, as a shop or an ERP would do it. Invariant: nothing is issued but by
//! activation. Deliberately not here: what becomes of it at the customer's (`mod`, `device`).

use super::story::Story;
use crate::{
    chance,
    office::{OfficeServing, init_office},
    settings::{Layers, OfficeSettings},
};
use anyhow::Context as _;
use std::path::{Path, PathBuf};
use tenure_api::{
    ClientOptions, Credential, OfficeClient,
    office::{
        Choice, CustomerRequest, Decided, EntitlementRequest, IssuedUpdate, LicenseModelRequest,
        LineRequest, PortalActivationRequest, ProductRequest,
    },
};

/// The products, the license models, and what the customer orders.
const CATALOG: &str = include_str!("catalog.json");

/// The catalog as its file has it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalog {
    license_models: std::collections::BTreeMap<String, LicenseModelRequest>,
    products: std::collections::BTreeMap<String, ProductRequest>,
    server: Vec<LineRequest>,
    device: Vec<LineRequest>,
}

/// An office that runs, and what was sold there.
pub struct Publisher {
    serving: OfficeServing,
    client: OfficeClient,
    customer: String,
    activation_id: String,
    server_lines: u32,
    quantities: Vec<u32>,
}

impl Publisher {
    /// Makes and opens the office, fills the catalog and sells.
    ///
    /// # Errors
    /// A folder can't be made, or a step did not go as told.
    pub fn open(story: &mut Story, folder: &Path) -> anyhow::Result<Publisher> {
        let (data, keys) = (folder.join("office"), folder.join("publisher"));
        init_office(&data, &keys)?;
        let mut layers = Layers::default();
        layers.flags.set("listen", "127.0.0.1:0", "--listen");
        let serving = OfficeServing::start(&data, &keys, &OfficeSettings::resolve(&layers)?)?;
        let client = staff(&serving.url(), &data)?;
        story.tell("publisher", &format!("opened its office on {}", serving.url()))?;

        let Catalog { license_models, products, server, device } =
            serde_json::from_str(CATALOG).context("the demo's catalog")?;
        for (name, model) in &license_models {
            client.set_license_model(name, model)?;
        }
        for (name, product) in &products {
            client.set_product(name, product)?;
        }
        let (models, count) = (license_models.len(), products.len());
        let catalog = format!("put {count} products and {models} license models into its catalog");
        story.tell("publisher", &catalog)?;

        let customer = CustomerRequest { name: "Example Works".to_owned(), ..Default::default() };
        let customer = client.create_customer(&customer, &chance::idempotency_key()?)?;
        let server_lines = u32::try_from(server.len())?;
        let lines: Vec<LineRequest> = server.into_iter().chain(device).collect();
        let quantities = lines.iter().map(|line| line.quantity).collect();
        let order = EntitlementRequest {
            customer: customer.id.clone(),
            order: "PO-2026-17".to_owned(),
            lines,
            activate_from: None,
            activate_until: None,
            notes: String::new(),
            activation_id: None,
        };
        let sold = client.create_entitlement(&order, &chance::idempotency_key()?)?;
        let Decided::Done(sold) = sold else {
            return Err(super::story::unexpected("publisher", "the order waits for approval"));
        };
        let activation_id = sold.activation_id;
        let sale = format!("sold {} lines to {}:", order.lines.len(), customer.name);
        story.tell("publisher", &format!("{sale} activation ID {activation_id}"))?;
        Ok(Publisher {
            serving,
            client,
            customer: customer.id,
            activation_id,
            server_lines,
            quantities,
        })
    }

    /// The one-time token of the office's console.
    pub fn setup_token(&self) -> Option<&str> {
        self.serving.setup_token()
    }

    /// The staff's client of the office.
    pub fn staff(&self) -> &OfficeClient {
        &self.client
    }

    /// Number of the customer who bought.
    pub fn customer(&self) -> &str {
        &self.customer
    }

    /// Where the office is.
    pub fn url(&self) -> String {
        self.serving.url()
    }

    /// What the portal does with the activation ID and the context of the license server.
    pub fn activate_server(&self, context: String) -> anyhow::Result<IssuedUpdate> {
        self.activate(1..=self.server_lines, context)
    }

    /// The same for the device.
    pub fn activate_device(&self, context: String) -> anyhow::Result<IssuedUpdate> {
        self.activate(self.server_lines + 1..=u32::try_from(self.quantities.len())?, context)
    }

    fn activate(
        &self,
        lines: impl Iterator<Item = u32>,
        context: String,
    ) -> anyhow::Result<IssuedUpdate> {
        let choice = |line: u32| Choice {
            activation_id: self.activation_id.clone(),
            line,
            quantity: self.quantities.get(line as usize - 1).copied().unwrap_or(1),
        };
        let choices = lines.map(choice).collect();
        let request = PortalActivationRequest { choices, context: Some(context), serial: None };
        // Whoever stands at the portal is nobody in particular: the activation ID is what counts.
        let portal = self.client.with_credential(Credential::None);
        Ok(portal.activate(&request, &chance::idempotency_key()?)?)
    }

    /// The file that a technician brings back; how many activations it confirms.
    pub fn take_receipt(&self, receipt: String) -> anyhow::Result<usize> {
        let office = self.client.with_credential(Credential::None);
        let taken = office.take_receipt(receipt.into_bytes(), &chance::idempotency_key()?)?;
        Ok(taken.confirmed.len())
    }

    /// Ends the office.
    pub fn stop(self) -> anyhow::Result<()> {
        self.serving.stop()
    }
}

fn staff(url: &str, data: &Path) -> anyhow::Result<OfficeClient> {
    let file: PathBuf = data.join("admin.token");
    let token = std::fs::read_to_string(file).context("reading the office's admin.token")?;
    let mut options = ClientOptions::new(url);
    options.credential = Credential::Bearer(token.trim().to_owned());
    Ok(OfficeClient::new(options)?)
}
