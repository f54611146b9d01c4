//! A client of everything, which knows no schema: `inspect PID [SERVICE METHOD [JSON]]`.

use std::{env, error::Error, pin::pin};

use futures::StreamExt;
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let pid: u32 = arguments.next().ok_or("which process?")?.parse()?;
    let call = arguments.next().zip(arguments.next());
    let values = arguments
        .next()
        .map_or(Ok(json!({})), |json| serde_json::from_str(&json))?;

    let attached = teleop::attach(pid, async |process| {
        let Some((service, method)) = call else {
            for service in process.services().await? {
                let text = match process.commands(&service.name).await? {
                    Some(commands) => commands.text(),
                    None => process.describe(&service.name).await?.text(),
                };
                println!("# {}\n\n{text}", service.name);
            }
            return Ok(());
        };
        // What the method reports, if it does, and what it returns.
        let mut answers = pin!(process.stream(&service, &method, values));
        while let Some(answer) = answers.next().await {
            println!("{}", answer?);
        }
        Ok(())
    });
    Ok(async_io::block_on(attached)?)
}
