"""The documented arguments of the resources of Terraform's provider hashicorp/aws.

Read from the pages "Resource: aws_lambda_function", "aws_lambda_layer_version" and
"aws_lambda_alias" of version 5.100.0.
"""

from __future__ import annotations

META_ARGUMENTS = frozenset({"count", "depends_on", "for_each", "lifecycle", "provider"})
_CODE = {"filename", "s3_bucket", "s3_key", "s3_object_version", "source_code_hash"}
ARGUMENTS = {
    "aws_lambda_alias": frozenset(
        {"description", "function_name", "function_version", "name", "routing_config"}
    ),
    "aws_lambda_function": frozenset(
        {
            *_CODE,
            "architectures",
            "code_signing_config_arn",
            "dead_letter_config",
            "description",
            "environment",
            "ephemeral_storage",
            "file_system_config",
            "function_name",
            "handler",
            "image_config",
            "image_uri",
            "kms_key_arn",
            "layers",
            "logging_config",
            "memory_size",
            "package_type",
            "publish",
            "replace_security_groups_on_destroy",
            "replacement_security_group_ids",
            "reserved_concurrent_executions",
            "role",
            "runtime",
            "skip_destroy",
            "snap_start",
            "source_kms_key_arn",
            "tags",
            "timeout",
            "tracing_config",
            "vpc_config",
        }
    ),
    "aws_lambda_layer_version": frozenset(
        {
            *_CODE,
            "compatible_architectures",
            "compatible_runtimes",
            "description",
            "layer_name",
            "license_info",
            "skip_destroy",
        }
    ),
}
