<#
.SYNOPSIS
    Builds this package's wheel into a folder that `pip install --find-links` can read.
.EXAMPLE
    .\tools\build-package.ps1 -OutDir ..\dist-packages
#>
param(
    [string]$OutDir = "..\dist-packages",
    [string]$Python = "python"
)

$ErrorActionPreference = "Stop"
$package = Split-Path -Parent $PSScriptRoot
Push-Location $package
try {
    New-Item -ItemType Directory -Force -Path $OutDir | Out-Null
    & $Python -m pip wheel --no-deps --wheel-dir $OutDir .
    if ($LASTEXITCODE -ne 0) {
        throw "pip wheel ended with exit code $LASTEXITCODE"
    }
}
finally {
    Pop-Location
}
