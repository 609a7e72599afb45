"""Names of the extended attributes that the kernel itself reads; see xattr(7)."""

from __future__ import annotations

ACL_ATTRIBUTE = "system.posix_acl_access"
DEFAULT_ACL_ATTRIBUTE = "system.posix_acl_default"
CAPABILITY_ATTRIBUTE = "security.capability"
LABEL_ATTRIBUTES = {"security.selinux": "SELinux", "security.SMACK64": "Smack", "security.apparmor": "AppArmor"}
"""Where security modules keep their label, and what they are called."""
