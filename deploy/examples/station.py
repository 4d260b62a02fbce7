#!/usr/bin/env python3
"""A flashing station in one file: fetch a unit's identity from mintmarkd, write what esptool needs.

Debian 12: apt install python3-grpcio python3-protobuf protobuf-compiler
The messages are read from proto/ at run time; nothing else of Mintmark is used.

    station.py --server mint.factory:8443 --certificate station.pem --key station.key \\
        --ca mint-ca.pem --order WO-1 --hardware-id 60:55:f9:01:a2:10 --chip esp32c6 -o unit

Calling it again for the same unit is safe: the server gives the same bytes. When the unit is flashed
and verified, or given up, the same words with --report flashed, or --report scrapped, tell the server;
the images in the folder are then what was flashed. Exit codes: 0 ok,
1 refused, 2 wrong usage, 3 server unavailable (try again), 4 not permitted, 5 damaged answer.
"""

import argparse
import hashlib
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

EXIT_REFUSED, EXIT_USAGE, EXIT_UNAVAILABLE, EXIT_NOT_PERMITTED, EXIT_DAMAGED = 1, 2, 3, 4, 5
EXITS = {
    grpc.StatusCode.UNAVAILABLE: EXIT_UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED: EXIT_UNAVAILABLE,
    grpc.StatusCode.CANCELLED: EXIT_UNAVAILABLE,
    grpc.StatusCode.ABORTED: EXIT_UNAVAILABLE,
    grpc.StatusCode.PERMISSION_DENIED: EXIT_NOT_PERMITTED,
    grpc.StatusCode.UNAUTHENTICATED: EXIT_NOT_PERMITTED,
    grpc.StatusCode.DATA_LOSS: EXIT_DAMAGED,
}
CLASSES = ("production", "provisional", "test")
SERVICE = "/mintmark.v1.Provisioning/"


class Messages:
    """Message classes by full name, from the .proto files by protoc."""

    def __init__(self, proto_folder):
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder, "descriptors")
            subprocess.run(
                ["protoc", "-I", proto_folder, "-I", "/usr/include", "--include_imports",
                 f"--descriptor_set_out={output}", "mintmark/v1/provisioning.proto"],
                check=True)
            files = descriptor_pb2.FileDescriptorSet.FromString(output.read_bytes()).file
        self.pool = descriptor_pool.DescriptorPool()
        for file in files:
            self.pool.Add(file)

    def __getitem__(self, name):
        descriptor = self.pool.FindMessageTypeByName("mintmark.v1." + name)
        if hasattr(message_factory, "GetMessageClass"):  # protobuf 4.22 and newer
            return message_factory.GetMessageClass(descriptor)
        return message_factory.MessageFactory(self.pool).GetPrototype(descriptor)

    def enum(self, name, value):
        """Number of an enum's value: ("Chip", "CHIP_ESP32C6")."""
        return self.pool.FindEnumTypeByName("mintmark.v1." + name).values_by_name[value].number


def open_channel(options):
    credentials = grpc.ssl_channel_credentials(
        root_certificates=Path(options.ca).read_bytes(),
        private_key=Path(options.key).read_bytes(),
        certificate_chain=Path(options.certificate).read_bytes())
    return grpc.secure_channel(options.server, credentials)


def make_request(messages, options):
    request = messages["ProvisionDeviceRequest"](order=options.order)
    request.unit.hardware_id = options.hardware_id
    if options.chip:
        request.unit.chip = messages.enum("Chip", "CHIP_" + options.chip.upper())
    return request


def call_server(channel, messages, method, request, options):
    """One call, repeated while the server is away: every method of a station is idempotent."""
    call = channel.unary_unary(
        SERVICE + method, request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=messages[method + "Response"].FromString)
    give_up = time.monotonic() + options.deadline
    for attempt in itertools.count():
        try:
            return call(request, timeout=max(1, give_up - time.monotonic()))
        except grpc.RpcError as error:
            pause = min(8, 0.25 * 2 ** min(attempt, 8)) * random.uniform(0.5, 1)
            unavailable = error.code() == grpc.StatusCode.UNAVAILABLE
            if not unavailable or time.monotonic() + pause > give_up:
                raise
            print(f"station.py: {error.code().name}, again in {pause:.1f} s", file=sys.stderr)
            time.sleep(pause)


def class_of(response, messages):
    """"test", "provisional" or "production"."""
    for name in CLASSES:
        if response.product_class == messages.enum("ProductClass", "PRODUCT_CLASS_" + name.upper()):
            return name
    return "unknown"


def check(response):
    """What can be checked without knowing Matter: complete, and as the server meant it."""
    images = response.image_set.images
    if not images:
        return "the answer holds no image"
    for image in images:
        if hashlib.sha256(image.content).digest() != image.sha256:
            return f"{image.label}: SHA-256 differs"
        if image.file_name in ("", ".", "..") or "/" in image.file_name or "\\" in image.file_name:
            return f"{image.label}: not a plain file name"
    for key in response.image_set.efuse_keys:
        if key.file_name in ("", ".", "..") or "/" in key.file_name or "\\" in key.file_name:
            return "eFuse key: not a plain file name"
    return None


def write(folder, name, content):
    """Whole file or none, readable by this user alone: factory data holds the device's keys."""
    temporary = folder / (name + ".part")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, folder / name)


def write_unit(folder, response):
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for image in response.image_set.images:
        write(folder, image.file_name, image.content)
    for key in response.image_set.efuse_keys:
        write(folder, key.file_name, key.content)
    write(folder, "manifest.json", response.image_set.manifest_json.encode())
    write(folder, "flash_args", response.image_set.flash_args.encode())
    write(folder, "record_id", response.record_id.encode())


def make_report(messages, options):
    """What became of the unit in the folder. Flashed: with the digest of each of its images, in the
    order of its manifest."""
    request = messages["ReportDeviceRequest"](order=options.order)
    request.unit.hardware_id = options.hardware_id
    request.record_id = Path(options.output, "record_id").read_text()
    request.outcome = messages.enum("ReportOutcome", "REPORT_OUTCOME_" + options.report.upper())
    if options.report == "flashed":
        manifest = json.loads(Path(options.output, "manifest.json").read_text())
        for file in manifest["files"]:
            content = Path(options.output, file["file"]).read_bytes()
            request.image_sha256.append(hashlib.sha256(content).digest())
    return request


def show(options, response, messages):
    print(f"{options.hardware_id}  order {options.order}  product {response.product}  "
          f"serial number {response.serial_number}  record {response.record_id}")
    if class_of(response, messages) == "test":
        print("class test: NOT FOR SALE")
    print(f"label: {response.onboarding.qr_code}  {response.onboarding.manual_code}")
    chip = f"--chip {options.chip or 'auto'} --port PORT"
    steps = [f"espefuse {chip} burn-key BLOCK_KEY{key.block} {key.file_name} {key.purpose}"
             for key in response.image_set.efuse_keys]
    steps += [f"esptool {chip} --after no-reset write-flash --encrypt {image.offset:#x} "
              f"{image.file_name}" for image in response.image_set.images if image.encrypt]
    for step in [f"cd {options.output}", *steps, f"esptool {chip} write-flash @flash_args"]:
        print("next: ", step)


def arguments():
    parser = argparse.ArgumentParser(
        description="Fetch one unit's factory images from mintmarkd and write them for esptool.")
    parser.add_argument("--server", required=True, metavar="HOST:PORT")
    parser.add_argument("--certificate", required=True, metavar="FILE", help="this station's, PEM")
    parser.add_argument("--key", required=True, metavar="FILE", help="its key, PEM")
    parser.add_argument("--ca", required=True, metavar="FILE", help="who signed the server, PEM")
    parser.add_argument("--order", required=True)
    parser.add_argument("--hardware-id", required=True, metavar="MAC", help="esptool read-mac")
    parser.add_argument("--chip", help="as esptool names it: esp32c6")
    parser.add_argument("--allow-class", choices=CLASSES, default="production",
                        help="the only class of product this station takes (production)")
    parser.add_argument("--deadline", type=float, default=60, metavar="SECONDS")
    parser.add_argument("--report", choices=("flashed", "scrapped"),
                        help="say what became of the unit in the folder")
    parser.add_argument("--proto", default=Path(__file__).resolve().parents[2] / "proto",
                        metavar="FOLDER", help="Mintmark's proto folder")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FOLDER")
    return parser.parse_args()


def main():
    options = arguments()
    try:
        messages = Messages(options.proto)
        if options.report:
            method, request = "ReportDevice", make_report(messages, options)
        else:
            method, request = "ProvisionDevice", make_request(messages, options)
        with open_channel(options) as channel:
            response = call_server(channel, messages, method, request, options)
    except KeyError as error:
        print(f"station.py: no such chip: {error}", file=sys.stderr)
        return EXIT_USAGE
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"station.py: {error}", file=sys.stderr)
        return EXIT_USAGE
    except grpc.RpcError as error:
        print(f"station.py: {error.code().name}: {error.details()}", file=sys.stderr)
        return EXITS.get(error.code(), EXIT_REFUSED)
    if options.report:
        if response.issuance_proof:  # C2SP tlog-proof; mintmark log check-proof, or any other tool
            write(options.output, "issuance.tlog-proof", response.issuance_proof.encode())
        print(f"{options.hardware_id}  {options.report}{', known' if response.known else ''}")
        return 0
    if class_of(response, messages) != options.allow_class:
        print(f"station.py: the product is of class {class_of(response, messages)}, this station "
              f"takes {options.allow_class} only; nothing was written", file=sys.stderr)
        return EXIT_REFUSED
    wrong = check(response)
    if wrong:
        print(f"station.py: {wrong}; nothing was written", file=sys.stderr)
        return EXIT_DAMAGED
    write_unit(options.output, response)
    show(options, response, messages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
