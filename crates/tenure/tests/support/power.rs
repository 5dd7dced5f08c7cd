//! Power cuts at every place where one can hurt: the program is killed before its n-th write to a disk.
//!
//! A small library is put before the C library; it counts writes, syncs and renames of files from the moment a file
//! with the number is there, and kills the process at that number. Where no C compiler is, tests say so and show
//! nothing. Invariant: without the number in the file the program runs as always.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const SOURCE: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static long done;

static void step(void) {
    const char *name = getenv("POWER_CUT");
    if (!name) return;
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    char text[32] = {0};
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) return;
    if (__atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST) == atol(text)) kill(getpid(), SIGKILL);
}

static int on_disk(int file) {
    struct stat about;
    return fstat(file, &about) == 0 && S_ISREG(about.st_mode);
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)

ssize_t write(int file, const void *bytes, size_t length) {
    REAL(write);
    if (on_disk(file)) step();
    return real(file, bytes, length);
}
ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) {
    REAL(pwrite);
    step();
    return real(file, bytes, length, at);
}
ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t at) {
    REAL(pwrite64);
    step();
    return real(file, bytes, length, at);
}
int fsync(int file) { REAL(fsync); step(); return real(file); }
int fdatasync(int file) { REAL(fdatasync); step(); return real(file); }
int rename(const char *from, const char *to) { REAL(rename); step(); return real(from, to); }
int unlink(const char *name) { REAL(unlink); step(); return real(name); }
int ftruncate(int file, off_t length) { REAL(ftruncate); step(); return real(file, length); }
int ftruncate64(int file, off64_t length) { REAL(ftruncate64); step(); return real(file, length); }
"#;

/// Something that cuts the power of a process.
pub struct Power {
    library: PathBuf,
    number: PathBuf,
}

impl Power {
    /// None where there is no C compiler.
    pub fn new(folder: &Path) -> Option<Power> {
        let (source, library) = (folder.join("power.c"), folder.join("power.so"));
        fs::write(&source, SOURCE).expect("the source");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).arg("-ldl");
        let made = compiler.output().is_ok_and(|output| output.status.success());
        if !made {
            eprintln!("SKIPPED: no C compiler here, power cuts were not tried");
        }
        made.then(|| Power { library, number: folder.join("power.cut") })
    }

    /// Puts a command at its mercy.
    pub fn over<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("LD_PRELOAD", &self.library).env("POWER_CUT", &self.number)
    }

    /// Before the n-th write from now on.
    pub fn cut_before(&self, number: u32) {
        fs::write(&self.number, number.to_string()).expect("the number");
    }

    /// No more cuts.
    pub fn stay(&self) {
        let _ = fs::remove_file(&self.number);
    }
}
