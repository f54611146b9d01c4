use teleop::echo_capnp::echo;
fn main() {
    let pid: u32 = std::env::args().nth(1).unwrap().parse().unwrap();
    let t = std::time::Instant::now();
    let r = async_io::block_on(teleop::attach(pid, async |process| {
        eprintln!("connected {:?}", t.elapsed());
        let echo: echo::Client = process.service("echo");
        let mut request = echo.echo_request();
        request.get().set_message("hi");
        let response = request.send().promise.await?;
        println!("{:?} {:?}", response.get()?.get_reply()?, t.elapsed());
        println!("{:?}", process.services().await?);
        println!("{:?}", process.about().await?);
        Ok(())
    }));
    println!("{r:?} {:?}", t.elapsed());
}
