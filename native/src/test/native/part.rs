// A Rust library that uses the seam.
use std::ffi::{c_void, CString};
use std::os::raw::c_char;

#[global_allocator]
static HEAP: onemalloc::Heap = onemalloc::Heap;

extern "C" {
    fn report(what: *const c_char, block: *const c_void);
}

fn show(what: &str, block: *const c_void) {
    let what = CString::new(what).unwrap();
    unsafe { report(what.as_ptr(), block) }
}

#[no_mangle]
pub extern "C" fn rust_report() {
    let mut bytes: Vec<u8> = Vec::with_capacity(64);
    bytes.resize(1000, 7);
    show("Rust Vec", bytes.as_ptr().cast());
    let zeroed = vec![0u8; 100_000];
    assert!(zeroed.iter().all(|&b| b == 0));
    show("Rust zeroed Vec", zeroed.as_ptr().cast());
    #[repr(align(128))]
    struct Aligned([u8; 128]);
    let aligned = Box::new(Aligned([1; 128]));
    assert_eq!(0, (&aligned.0 as *const u8 as usize) % 128);
    show("Rust aligned Box", (&*aligned as *const Aligned).cast());
}

#[no_mangle]
pub extern "C" fn rust_work(count: i64) {
    for i in 0..count {
        let block = Box::new([i as u64; 8]);
        unsafe { std::ptr::read_volatile(&*block) };
    }
}
