// SPDX-License-Identifier: Apache-2.0
//! On this target a panic would vanish into a bare trap. The hook sends its message to the host's log first.

use crate::{log, Level};

pub fn install_hook() {
    std::panic::set_hook(Box::new(|info| log(Level::Error, &info.to_string())));
}
