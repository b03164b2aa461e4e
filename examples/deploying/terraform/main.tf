terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "role" {
  description = "The ARN of the execution role of the functions."
  type        = string
}

resource "aws_lambda_layer_version" "layers" {
  for_each = local.layers

  layer_name = coalesce(
    each.value.layer_name,
    replace(trimsuffix(each.key, ".zip"), "/[^0-9A-Za-z_-]+/", "-"),
  )
  filename                 = "${var.dist}/${each.key}"
  source_code_hash         = each.value.code_sha256
  compatible_runtimes      = [each.value.runtime]
  compatible_architectures = [each.value.architecture]

  # Versions of functions keep the versions of their layers.
  skip_destroy = true
}

resource "aws_lambda_function" "functions" {
  for_each = local.functions

  function_name    = each.key
  filename         = "${var.dist}/${local.zips[each.key]}"
  source_code_hash = each.value.code_sha256
  handler          = each.value.handler
  runtime          = each.value.runtime
  architectures    = [each.value.architecture]
  layers           = [for layer in each.value.layers : aws_lambda_layer_version.layers[layer.path].arn]
  role             = var.role
  publish          = true
}

# Callers invoke the alias, which moves to a version after its code and its layers are complete.
resource "aws_lambda_alias" "live" {
  for_each = aws_lambda_function.functions

  name             = "live"
  function_name    = each.value.function_name
  function_version = each.value.version
}
