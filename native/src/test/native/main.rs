// An executable in Rust with C and C++ parts.
include!("part.rs");

extern "C" {
    fn c_report();
    fn cpp_report();
}

fn main() {
    rust_report();
    unsafe {
        c_report();
        cpp_report();
    }
}
