#![no_main]
//! Begins with the corpus of npz.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rnnscope_fuzz::read(bytes));
