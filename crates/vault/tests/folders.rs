//! Folders, whole-file writes and the lock.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use tenure_vault::{
    VaultError, check_owner_only_folder, create_new, create_owner_only_folder, write_atomic,
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_data_folder_is_owner_only_or_refused() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("deep/er/data");
    create_owner_only_folder(&folder).unwrap();
    assert_eq!(mode(&folder), 0o700);
    create_owner_only_folder(&folder).unwrap();

    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let refused = check_owner_only_folder(&folder).unwrap_err();
    assert!(matches!(refused, VaultError::OpenToOthers { mode: 0o755, folder: true, .. }));
    assert!(refused.to_string().contains("chmod 700"), "{refused}");

    let file = base.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(check_owner_only_folder(&file), Err(VaultError::WrongKind { .. })));
}

#[test]
fn a_file_is_replaced_as_a_whole_with_the_right_mode_and_nothing_is_left_beside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    write_atomic(&path, b"one", 0o600).unwrap();
    write_atomic(&path, b"two", 0o600).unwrap();
    assert_eq!((fs::read(&path).unwrap().as_slice(), mode(&path)), (b"two".as_slice(), 0o600));
    assert!(matches!(create_new(&path, b"three", 0o600), Err(VaultError::Exists { .. })));
    assert_eq!(fs::read(&path).unwrap(), b"two");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
