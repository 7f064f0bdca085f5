//! The contract, on a stand-in and on a real server where one is given; being cut off; and the requests that are sent.

mod away;
mod live;
mod opening;
mod requests;
mod stand_in;
