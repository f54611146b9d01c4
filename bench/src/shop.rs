//! [`Shape`]: results of the service in `schema/shop.capnp`, of any size.

use capnp::{
    message::{Builder, HeapAllocator},
    traits::HasStructSize as _,
};

use self::generated::shop_capnp::{Colour, Status, order, report, settings, shop};

#[allow(
    clippy::all,
    clippy::semicolon_if_nothing_returned,
    clippy::unwrap_used,
    dead_code,
    missing_debug_implementations,
    missing_docs,
    unreachable_pub
)]
mod generated {
    capnp::generated_code!(pub mod shop_capnp);
}

/// The schema, compiled.
pub(crate) const SHOP: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/shop.cgr"));

/// What a result consists of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// What results mostly are: structs with text, numbers and lists in lists.
    Orders,
    /// Integers of 64 bits.
    Numbers,
    /// Enumerants: two bytes each, and a name in JSON.
    Colours,
    /// Structs in which every field has its default.
    Settings,
}

impl Shape {
    /// What the struct is called in the schema.
    pub(crate) fn structure(self) -> &'static str {
        match self {
            Self::Orders => "Shop.find$Results",
            Self::Numbers | Self::Colours => "Report",
            Self::Settings => "Shop.settings$Results",
        }
    }

    /// A message of about so many bytes.
    pub(crate) fn message(self, bytes: usize) -> Builder<HeapAllocator> {
        let mut message = Builder::new_default();
        let count = |each: usize| (bytes / each) as u32;
        match self {
            Self::Orders => {
                let results: shop::find_results::Builder<'_> = message.init_root();
                let mut orders = results.init_orders(count(ORDER));
                for number in 0..orders.len() {
                    fill(orders.reborrow().get(number), number);
                }
            }
            Self::Numbers => {
                let report: report::Builder<'_> = message.init_root();
                let mut numbers = report.init_turnover(count(8));
                for number in 0..numbers.len() {
                    numbers.set(number, i64::from(number) * 12_345 - 1_000_000);
                }
            }
            Self::Colours => {
                let report: report::Builder<'_> = message.init_root();
                let mut colours = report.init_colours(count(2));
                let all = [Colour::Red, Colour::Green, Colour::Blue];
                for number in 0..colours.len() {
                    colours.set(number, all[number as usize % all.len()]);
                }
            }
            Self::Settings => {
                let results: shop::settings_results::Builder<'_> = message.init_root();
                let each = settings::Builder::<'_>::STRUCT_SIZE;
                let each = 8 * usize::from(each.data + each.pointers);
                results.init_all(count(each));
            }
        }
        message
    }
}

/// How many bytes an order has, about.
const ORDER: usize = 472;

fn fill(mut order: order::Builder<'_>, number: u32) {
    order.set_id(7_000_000_000 + u64::from(number));
    order.set_customer(format!("customer {number}, of the town of Springfield"));
    order.set_placed(1_700_000_000_000 + i64::from(number) * 997);
    let statuses = [Status::Placed, Status::Paid, Status::Delivered];
    order.set_status(statuses[number as usize % statuses.len()]);
    order.set_note("Please ring twice, and leave it with \"the neighbours\" otherwise.");
    let mut weights = order.reborrow().init_weights(4);
    for at in 0..4 {
        weights.set(at, number % 1000 * (at + 1));
    }
    let mut lines = order.init_lines(3);
    for at in 0..3 {
        let mut line = lines.reborrow().get(at);
        line.set_item(format!("item {}", number % 10_000 + at));
        line.set_quantity(at + 1);
        line.set_price(i64::from(number) * 10 - 99);
        let mut tags = line.init_tags(2);
        tags.set(0, "fragile");
        tags.set(1, "heavy");
    }
}
