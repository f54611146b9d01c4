"""Lists the services of a running process and calls its `echo`, with pycapnp from PyPI.

    python3 echo.py teleop bridge 4242
    python3 echo.py ssh host teleop bridge 4242
"""
import asyncio, pathlib, socket, sys
import capnp

schema = pathlib.Path(__file__).resolve().parents[2] / "schema"
teleop_capnp = capnp.load(str(schema / "teleop.capnp"))
echo_capnp = capnp.load(str(schema / "echo.capnp"))

async def main(*bridge):
    ours, theirs = socket.socketpair()
    process = await asyncio.create_subprocess_exec(*bridge, stdin=theirs, stdout=theirs)
    theirs.close()
    stream = await capnp.AsyncIoStream.create_connection(sock=ours)
    teleop = capnp.TwoPartyClient(stream).bootstrap().cast_as(teleop_capnp.Teleop)
    for service in (await teleop.services()).services:
        print(f"{service.name:12}{service.doc}")
    echo = (await teleop.service("echo")).service.as_interface(echo_capnp.Echo)
    print((await echo.echo("hello from Python")).reply)
    stream.close()
    return await process.wait()

sys.exit(asyncio.run(capnp.run(main(*sys.argv[1:]))))
