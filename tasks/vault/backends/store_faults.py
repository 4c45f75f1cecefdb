"""Which errors of a folder and of S3 are tried again, and which end a run at once.

Promises: what is in neither table is tried again, since that costs seconds, while giving up may
cost a run. A request to S3 is tried six times by itself (`s3_store.CONFIG`), a failed step of a run
twice more; what is refused is asked for once.
"""

import errno
from collections.abc import Mapping
from typing import Final

from schemas.errors import StoreError, StoreUnavailable
from schemas.store_errors import StoreRefused

SPACE: Final = "Free space there, or give the lake more."
RIGHTS: Final = "Give this user the right to list, read, write and delete there."
PLACE: Final = "Correct the lake's address: --lake, VAXWATCH_LAKE or vaxwatch.toml."
UNFIT: Final = "Keep the lake on a file system with hard links and locks; `vaxwatch doctor` tests."
CREDENTIALS: Final = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, anew."
POLICY: Final = (
    "Give these credentials the right to list, read, write and delete "
    "(deployments/s3-policy.json), or use others."
)
SERVER: Final = "Set AWS_REGION and AWS_ENDPOINT_URL_S3 to those of the bucket."
CLOCK: Final = "Set the clock of this machine."
UNKNOWN: Final = "Keep the lake on a server that knows this request; `vaxwatch doctor` tests."

FOLDER_REFUSED: Final[Mapping[int, str]] = {
    errno.EROFS: "Mount the file system for writing, or name another lake.",
    **dict.fromkeys((errno.EACCES, errno.EPERM), RIGHTS),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), SPACE),
    **dict.fromkeys((errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP), PLACE),
    **dict.fromkeys((errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV), UNFIT),
}
"""The next step by error number, where the next try would be refused as well."""
FOLDER_RETRIED: Final = (
    *(errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EBUSY, errno.EAGAIN, errno.EINTR),
    *(errno.ENOLCK, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENODEV, errno.ENOTCONN),
)
"""Error numbers that are known to pass: of disks, network shares, and a machine that is busy."""
S3_REFUSED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("AccessDenied", "AllAccessDisabled", "Forbidden", "403"), POLICY),
    **dict.fromkeys(("InvalidAccessKeyId", "SignatureDoesNotMatch", "AccountProblem"), CREDENTIALS),
    **dict.fromkeys(("ExpiredToken", "InvalidToken", "TokenRefreshRequired"), CREDENTIALS),
    **dict.fromkeys(("PermanentRedirect", "AuthorizationHeaderMalformed"), SERVER),
    **dict.fromkeys(("InvalidBucketName", "KeyTooLongError"), PLACE),
    **dict.fromkeys(("QuotaExceeded", "EntityTooLarge", "XMinioStorageFull"), SPACE),
    **dict.fromkeys(("NotImplemented", "MethodNotAllowed", "InvalidRequest"), UNKNOWN),
    "RequestTimeTooSkewed": CLOCK,
    "InvalidObjectState": "Take the objects of the lake out of the archive class of the store.",
}
"""The next step by error code, where the next try would be refused as well."""
S3_RETRIED: Final = (
    *("InternalError", "ServiceUnavailable", "SlowDown", "RequestTimeout", "Throttling"),
    *("RequestThrottled", "RequestLimitExceeded", "BandwidthLimitExceeded", "OperationAborted"),
    *("ConditionalRequestConflict", "BadDigest", "IncompleteBody", "500", "502", "503", "504"),
)
"""Error codes that are known to pass."""
CLIENT_REFUSED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("NoCredentialsError", "PartialCredentialsError"), CREDENTIALS),
    **dict.fromkeys(("ProfileNotFound", "TokenRetrievalError", "SSOTokenLoadError"), CREDENTIALS),
    "UnauthorizedSSOTokenError": CREDENTIALS,
    "ConfigParseError": "Mend that file (~/.aws/config, or the one that AWS_CONFIG_FILE names).",
    **dict.fromkeys(("NoRegionError", "InvalidRegionError"), SERVER),
}
"""The next step by the name of botocore's own error: no request was made."""


def folder_error(where: str, error: OSError) -> StoreError:
    """Return what an error of the operating system at a place means."""
    seen = str(error.strerror or error)
    next_step = FOLDER_REFUSED.get(error.errno or 0)
    return StoreRefused(where, seen, next_step) if next_step else StoreUnavailable(where, seen)


def s3_error(where: str, seen: str, *, code: str, name: str) -> StoreError:
    """Return what an error of S3 means. `code`: the server's, '' without. `name`: of its class."""
    next_step = S3_REFUSED.get(code) or CLIENT_REFUSED.get(name)
    return StoreRefused(where, seen, next_step) if next_step else StoreUnavailable(where, seen)
