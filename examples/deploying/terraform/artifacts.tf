# Reads what `./pants package ::` wrote.

variable "dist" {
  description = "The folder to which Pants writes artifacts."
  type        = string
  default     = "../../../dist"
}

locals {
  # The functions, by their names in AWS. All other values are in the metadata.
  zips = {
    add        = "src.functions.add/fn.zip"
    thumbnails = "src.thumbnails/fn@architecture=arm64.zip"
  }

  functions = {
    for name, zip in local.zips :
    name => jsondecode(file("${var.dist}/${zip}.metadata.json"))
  }

  # The layers of all functions, by path. Functions can share a layer.
  layers = merge([
    for function in local.functions : {
      for layer in function.layers :
      layer.path => merge(layer, jsondecode(file("${var.dist}/${layer.path}.metadata.json")))
    }
  ]...)
}
