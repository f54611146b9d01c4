//! The programs of this workspace against those of the field, in both directions and by both of the
//! field's attachers.
//!
//! Each claim takes two real processes, and directories of its own.

mod claims;
mod setting;

/// Makes a test of each claim.
macro_rules! claims {
    ($attacher:expr; $($claim:ident)*) => {
        $(
            #[test]
            fn $claim() -> anyhow::Result<()> {
                crate::claims::$claim($attacher)
            }
        )*
    };
}

/// Crate 0.4.1 with its feature `inotify`: a request is a file in the target's working directory.
#[cfg(feature = "inotify")]
mod inotify {
    claims! { crate::setting::Attacher::Inotify;
        our_command_calls_their_server
        our_command_finds_their_socket_bound
        our_attach_says_who_did_not_tell
        our_list_says_that_the_target_predates_listing
        an_unknown_service_is_named_in_the_refusal
        their_client_calls_our_server
        our_command_and_their_client_share_our_server
        their_client_calls_their_server
    }
}

/// Crate 0.4.1 without that feature: a request is the file and SIGQUIT.
mod unix {
    claims! { crate::setting::Attacher::Unix;
        our_command_calls_their_server
        our_command_finds_their_socket_bound
        our_attach_says_who_did_not_tell
        our_list_says_that_the_target_predates_listing
        an_unknown_service_is_named_in_the_refusal
        no_signal_is_sent_that_nobody_asked_for
        their_client_calls_our_server
        our_command_and_their_client_share_our_server
        their_client_calls_their_server
    }
}
