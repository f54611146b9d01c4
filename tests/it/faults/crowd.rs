//! More come at once than a process serves at once.

use futures::future::join_all;

use crate::support::{
    Target, echo, entries, go_on, may_open_thousands, requests, run, stop, until,
};

#[test]
fn a_thousand_clients_that_attach_at_once_are_all_served() {
    if !may_open_thousands("a thousand clients") {
        return;
    }
    let target = Target::start("default");
    let (attach, pid) = (target.attach(), target.pid());
    // All of them ask before any of them is heard.
    stop(&target);
    let served = join_all((0..1000).map(|number| {
        let attach = attach.clone();
        async move {
            let message = number.to_string();
            let reply = attach.run(pid, async |process| echo(&process, &message).await);
            assert_eq!(reply.await.unwrap(), message);
        }
    }));
    let continued = async {
        while requests(&target.endpoint()) < 1000 {
            async_io::Timer::after(std::time::Duration::from_millis(1)).await;
        }
        go_on(&target);
    };
    run(futures::future::join(served, continued));
    until("nothing is left of them", || {
        entries(&target.endpoint()).len() == 1
    });
}
