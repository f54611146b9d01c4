//! A program that works through orders, in stages that hand them on from one to the next, and can be asked
//! how each of them is doing. `console` draws it.
//!
//! It prints its process id, and can be attached to until its standard input is closed.

use std::{
    collections::BTreeMap,
    error::Error,
    io,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use clap::Parser;
use teleop::{Config, Handle};
use teleop_examples::{
    Chain, Monitor, Output, STATE, Stage, State, Status, Stop, state_capnp::state,
};

/// Works through orders, in stages, and can be asked how each of them is doing
#[derive(Parser)]
struct Arguments {
    /// How many orders there are
    #[arg(long, default_value_t = 400)]
    items: u64,

    /// How long a stage takes for each
    #[arg(long, value_name = "TIME", default_value = "25ms")]
    delay: humantime::Duration,

    /// The stage that fails, after a while
    #[arg(long, value_name = "STAGE", value_parser = STAGES)]
    fail: Option<String>,

    /// Begin when a line is entered, and not at once
    #[arg(long)]
    wait: bool,
}

const STAGES: [&str; 9] = [
    "read", "parse", "dedupe", "split", "vat", "convert", "duty", "merge", "write",
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let (items, delay, fail) = (arguments.items, arguments.delay, arguments.fail);
    let mut chain = Chain::new(move |stage, number| {
        thread::sleep(*delay);
        if fail.as_deref() == Some(stage) && number > items / 8 {
            return Err(Stop::Failed(format!(
                "asked to fail, it does at item {number}"
            )));
        }
        Ok(())
    });
    let sales = Arc::new(Mutex::new(Sales::default()));
    let (read, lines) = start(&mut chain, sales.clone())?;
    let monitor = chain.monitor();

    let teleop = offer(monitor.clone())?;
    if let Some(error) = teleop.error() {
        eprintln!("running without Teleop: {error}");
    }
    println!("pid: {}", std::process::id());

    if arguments.wait {
        io::stdin().read_line(&mut String::new())?;
    }
    chain.start_with(read, 1..=items, move |number| lines.send(line(number)))?;
    thread::spawn(move || {
        chain.wait();
        report(
            &monitor,
            &sales.lock().unwrap_or_else(PoisonError::into_inner),
        );
    });
    io::copy(&mut io::stdin(), &mut io::sink())?; // Until nobody wants to look at it any more.
    Ok(())
}

/// Offers to tell how the chain is doing, for as long as the handle lives.
fn offer(monitor: Monitor) -> teleop::Result<Handle> {
    let config = Config::new()
        .name(env!("CARGO_BIN_NAME"))
        .version(env!("CARGO_PKG_VERSION"));
    config.spawn(|services| {
        services
            .offer("state", move || -> state::Client {
                let monitor = monitor.clone();
                teleop::new_client(State { monitor })
            })
            .schema(STATE);
    })
}

/// Says how it went.
fn report(monitor: &Monitor, sales: &Sales) {
    for stage in monitor.report().stages {
        if let Status::Error(problem) = stage.status {
            println!("{} failed: {problem}", stage.name);
        }
    }
    let orders: u64 = sales.values().map(|(orders, _)| orders).sum();
    let cents: u64 = sales.values().map(|(_, cents)| cents).sum();
    let (countries, euros) = (sales.len(), cents / 100);
    println!("{orders} orders from {countries} countries: {euros} euros");
}

/// What was sold, by country: how many orders, and cents.
type Sales = BTreeMap<String, (u64, u64)>;

/// Starts all stages but the first, and returns that one and where it sends the lines.
///
/// ```text
///                               ┌→ vat ────────────┐
/// read → parse → dedupe → split ┤                  ├→ merge → write
///                               └→ convert → duty ─┘
/// ```
fn start(chain: &mut Chain, sales: Arc<Mutex<Sales>>) -> io::Result<(Stage<u64>, Output<String>)> {
    let read = chain.stage("read", "Reads the orders, one a line");
    let parse = chain.stage(
        "parse",
        "Makes sense of each line, and drops those that make none",
    );
    let dedupe = chain.stage("dedupe", "Drops what was ordered twice");
    let split = chain.stage(
        "split",
        "Tells orders from within the union and from abroad apart",
    );
    let vat = chain.stage("vat", "Adds the tax of the country");
    let convert = chain.stage("convert", "Converts foreign currencies into euros");
    let duty = chain.stage("duty", "Adds the duty on what crosses the border");
    let merge = chain.stage(
        "merge",
        "Brings both kinds together again, and numbers the bills",
    );
    let write = chain.stage("write", "Sums up what was sold, by country");

    let lines = chain.edge(&read, &parse);
    let orders = chain.edge(&parse, &dedupe);
    let unique = chain.edge(&dedupe, &split);
    let domestic = chain.edge(&split, &vat);
    let foreign = chain.edge(&split, &convert);
    let converted = chain.edge(&convert, &duty);
    let taxed = chain.edge(&vat, &merge);
    let declared = chain.edge(&duty, &merge);
    let bills = chain.edge(&merge, &write);

    chain.start(parse, move |line: String| match Order::parse(&line) {
        Some(order) => orders.send(order),
        None => Ok(()),
    })?;
    let mut last = 0;
    chain.start(dedupe, move |order: Order| {
        let is_new = order.number > last;
        last = last.max(order.number);
        if is_new { unique.send(order) } else { Ok(()) }
    })?;
    chain.start(split, move |order: Order| match order.currency.as_str() {
        "EUR" => domestic.send(order),
        _ => foreign.send(order),
    })?;
    chain.start(vat, move |order: Order| {
        let percent = if order.country == "DE" { 19 } else { 20 };
        taxed.send(order.plus(percent))
    })?;
    chain.start(convert, move |order: Order| {
        let cents = order.cents * rate(&order.currency)? / 1000;
        converted.send(Order { cents, ..order })
    })?;
    chain.start(duty, move |order: Order| declared.send(order.plus(4)))?;
    let mut bill = 0;
    chain.start(merge, move |order: Order| {
        bill += 1;
        bills.send((bill, order))
    })?;
    chain.start(write, move |(_bill, order): (u64, Order)| {
        let mut sales = sales.lock()?;
        let country = sales.entry(order.country).or_default();
        *country = (country.0 + 1, country.1 + order.cents);
        Ok(())
    })?;
    Ok((read, lines))
}

struct Order {
    number: u64,
    country: String,
    currency: String,
    /// Or what corresponds to them.
    cents: u64,
}

impl Order {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(';');
        let order = Self {
            number: fields.next()?.parse().ok()?,
            country: fields.next()?.to_owned(),
            currency: fields.next()?.to_owned(),
            cents: fields.next()?.parse().ok()?,
        };
        fields.next().is_none().then_some(order)
    }

    fn plus(self, percent: u64) -> Self {
        let cents = self.cents * (100 + percent) / 100;
        Self { cents, ..self }
    }
}

/// What a thousand of a currency are in euros.
fn rate(currency: &str) -> Result<u64, Stop> {
    match currency {
        "USD" => Ok(920),
        "CHF" => Ok(1040),
        "JPY" => Ok(6),
        _ => Err(Stop::Failed(format!("no rate for {currency}"))),
    }
}

/// A line of the file of orders: some are broken, some are there twice.
fn line(number: u64) -> String {
    const COUNTRIES: [&str; 6] = ["DE;EUR", "FR;EUR", "US;USD", "AT;EUR", "CH;CHF", "JP;JPY"];

    let number = if number % 11 == 0 { number - 1 } else { number };
    let dice = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
    let country = COUNTRIES[(dice % 6) as usize];
    match number % 17 {
        0 => format!("{number};{country}"),
        _ => format!("{number};{country};{}", 500 + dice / 6 % 20_000),
    }
}
