fn main() {
    let h = teleop::spawn(|_| {}).unwrap();
    println!("pid: {} {:?}", std::process::id(), h.error());
    std::thread::sleep(std::time::Duration::from_secs(600));
}
