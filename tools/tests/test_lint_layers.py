"""Bad trees, and what the lint must say of them."""

import unittest

import lint_layers
from tree import TreeTest


class LintTest(TreeTest):
    def findings(self, path, text):
        self.write(path, text)
        return [str(finding) for finding in lint_layers.check_tree(self.root)]

    def assert_clean(self, path, text):
        self.assertEqual(self.findings(path, text), [])

    def assert_finds(self, what, path, text):
        findings = self.findings(path, text)
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(what, findings[0])
        self.assertTrue(findings[0].startswith(path), findings[0])


class Layers(LintTest):
    def test_lower_layers_own_layer_and_public_headers_are_fine(self):
        self.assert_clean("src/http2/a.cpp", """\
            #include "base/bytes.hpp"
            #include "hpack/encoder.hpp"
            #include "http2/limits.hpp"
            #include <farcall/buffer.hpp>
            #include <vector>
            """)

    def test_an_upward_include_is_refused(self):
        self.assert_finds("only lower levels", "src/base/a.cpp", '#include "http2/limits.hpp"\n')

    def test_an_upward_include_is_refused_however_it_is_spaced(self):
        self.assert_finds("only lower levels", "src/base/a.cpp", '  #  include "http2/limits.hpp"\n')

    def test_client_and_server_do_not_include_each_other(self):
        self.assert_finds("only lower levels", "src/client/a.cpp", '#include "server/router.hpp"\n')

    def test_server_and_client_do_not_include_each_other(self):
        self.assert_finds("only lower levels", "src/server/a.cpp", '#include "client/retry.hpp"\n')

    def test_folders_of_one_level_do_not_include_each_other(self):
        self.assert_finds("only lower levels", "src/http2/a.cpp", '#include "rpc/status.hpp"\n')

    def test_every_folder_of_src_has_a_level(self):
        self.write("src/extras/a.cpp", "")
        findings = [str(finding) for finding in lint_layers.check_tree(self.root)]
        self.assertEqual(findings, ["src/extras:1: a folder without a level in tools/lint_layers.py"])


class PublicHeaders(LintTest):
    def test_a_public_header_includes_no_layer(self):
        self.assert_finds("not installed", "include/farcall/a.hpp", '#pragma once\n#include "base/bytes.hpp"\n')

    def test_a_lower_layer_does_not_include_the_headers_of_generated_code(self):
        self.assert_finds("generated code", "src/net/a.cpp", "#include <farcall/codegen/service.hpp>\n")

    def test_an_example_does_not_include_the_headers_of_generated_code(self):
        self.assert_finds("generated code", "examples/a.cpp", "#include <farcall/codegen/service.hpp>\n")

    def test_the_server_and_other_public_headers_may_include_the_headers_of_generated_code(self):
        self.write("include/farcall/a.hpp", "#pragma once\n#include <farcall/codegen/service.hpp>\n")
        self.assert_clean("src/server/a.cpp", "#include <farcall/codegen/service.hpp>\n")

    def test_a_public_header_does_not_need_abseil(self):
        self.assert_finds("may not have", "include/farcall/a.hpp", "#pragma once\n#include <absl/strings/cord.h>\n")

    def test_a_header_has_an_include_guard(self):
        self.assert_finds("#pragma once", "include/farcall/a.hpp", "namespace farcall {}\n")

    def test_a_macro_of_a_public_header_has_the_prefix(self):
        self.assert_finds("prefix", "include/farcall/a.hpp", "#pragma once\n#define CHECK(x) x\n")


class ForeignLibraries(LintTest):
    def test_asio_is_welcome_in_net_and_in_the_bridge(self):
        self.write("src/net/a.cpp", "#include <asio/ip/tcp.hpp>\nasio::io_context context;\n")
        self.assert_clean("include/farcall/asio.hpp", "#pragma once\n#include <asio/any_io_executor.hpp>\n")

    def test_an_include_of_asio_elsewhere_is_refused(self):
        self.assert_finds("Asio outside", "src/server/a.cpp", "#include <asio/ip/tcp.hpp>\n")

    def test_a_forward_declaration_of_asio_elsewhere_is_refused(self):
        self.assert_finds("Asio outside", "src/server/a.hpp", "#pragma once\nnamespace asio { class io_context; }\n")

    def test_a_public_header_that_names_asio_is_refused(self):
        self.assert_finds("Asio outside", "include/farcall/a.hpp", "#pragma once\nvoid f(asio::io_context&);\n")

    def test_a_comment_may_speak_of_asio(self):
        self.assert_clean("src/server/a.cpp", "// The same as asio::post.\n")

    def test_each_other_library_has_one_place(self):
        self.assert_finds("OpenSSL outside", "src/net/listener.cpp", "#include <openssl/ssl.h>\n")

    def test_that_place_is_allowed(self):
        self.assert_clean("src/net/tls.cpp", "#include <openssl/ssl.h>\n")


class Names(LintTest):
    def test_a_file_name_says_something(self):
        self.assert_finds("the file has a name", "src/base/string_utils.cpp", "")

    def test_a_type_name_says_something(self):
        for name in ("ConnectionManager", "StreamImpl", "Impl", "TestHelper"):
            with self.subTest(name):
                self.assert_finds("says nothing", "src/base/a.cpp", f"class {name} {{}};\n")

    def test_a_word_that_only_contains_a_bad_one_is_fine(self):
        self.assert_clean("src/base/a.cpp", "class Simple {};\nstruct Utilization {};\nclass Implicit {};\n")

    def test_a_folder_name_says_something(self):
        self.write("tests/common/a.cpp", "")
        findings = [str(finding) for finding in lint_layers.check_tree(self.root)]
        self.assertEqual(findings, ["tests/common:1: the folder has a name that says nothing"])


class Forbidden(LintTest):
    def test_sleeps_in_tests(self):
        for line in ("std::this_thread::sleep_for(1s);", "usleep(10);", "  ::sleep(1);"):
            with self.subTest(line):
                self.assert_finds("a sleep in a test", "tests/net/a.cpp", line + "\n")

    def test_a_sleep_in_a_python_test(self):
        self.assert_finds("a sleep in a test", "tests/interop/a.py", "time.sleep(1)\n")

    def test_the_virtual_sleep_is_no_sleep(self):
        self.assert_clean("tests/rpc/a.cpp", "co_await farcall::sleep(1s);\n")

    def test_shared_from_this(self):
        self.assert_finds("one owner", "src/net/a.cpp", "auto self = shared_from_this();\n")

    def test_delete_this(self):
        self.assert_finds("delete this", "src/net/a.cpp", "delete this;\n")

    def test_a_todo_says_why(self):
        self.assert_finds("TODO", "src/base/a.cpp", "// TODO: faster\n")

    def test_a_typed_todo_is_fine(self):
        self.assert_clean("src/base/a.cpp", "// TODO(clang-15): drop the workaround.\n")


class Length(LintTest):
    def test_a_long_source_is_an_error(self):
        self.assert_finds("501 lines", "src/base/a.cpp", "int x;\n" * 501)

    def test_a_long_test_is_a_warning(self):
        self.assert_finds("warning: 501 lines", "tests/base/a.cpp", "int x;\n" * 501)
        self.assertFalse(any(finding.is_error for finding in lint_layers.check_tree(self.root)))

    def test_500_lines_are_fine(self):
        self.assert_clean("src/base/a.cpp", "int x;\n" * 500)

    def test_a_generated_table_may_be_long(self):
        self.assert_clean("src/base/a.cpp", "// Generated by tools/gen/a.py.\n" + "int x;\n" * 600)


if __name__ == "__main__":
    unittest.main()
