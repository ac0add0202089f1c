import unittest

from greeting import greet


class GreetingTest(unittest.TestCase):
    def test_name(self):
        self.assertEqual(greet("Mill"), "Hello, Mill!")
