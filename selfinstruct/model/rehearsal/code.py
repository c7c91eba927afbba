"""Small programming jobs with their answers."""

JOBS: dict[str, str] = {
    "returns the sum of a list of numbers": "def {f}(numbers):\n    return sum(numbers)",
    "counts the vowels in a word": (
        "def {f}(word):\n    return sum(letter in 'aeiou' for letter in word.lower())"
    ),
    "reverses a string": "def {f}(text):\n    return text[::-1]",
    "checks whether a word is a palindrome": (
        "def {f}(word):\n    word = word.lower()\n    return word == word[::-1]"
    ),
    "finds the largest number in a list": (
        "def {f}(numbers):\n    best = numbers[0]\n    for number in numbers[1:]:\n"
        "        if number > best:\n            best = number\n    return best"
    ),
    "removes duplicates while keeping the order": (
        "def {f}(items):\n    return list(dict.fromkeys(items))"
    ),
    "converts minutes into hours and minutes": (
        "def {f}(minutes):\n    return divmod(minutes, 60)"
    ),
    "computes the average of a list": (
        "def {f}(numbers):\n    return sum(numbers) / len(numbers) if numbers else 0.0"
    ),
    "sorts words by length": "def {f}(words):\n    return sorted(words, key=len)",
    "counts how often each word occurs": (
        "def {f}(text):\n    counts = {}\n    for word in text.split():\n"
        "        counts[word] = counts.get(word, 0) + 1\n    return counts"
    ),
    "tells whether a year is a leap year": (
        "def {f}(year):\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)"
    ),
    "returns the factorial of a number": (
        "def {f}(number):\n    product = 1\n    for factor in range(2, number + 1):\n"
        "        product *= factor\n    return product"
    ),
    "joins names with commas": "def {f}(names):\n    return ', '.join(names)",
    "converts Celsius to Fahrenheit": "def {f}(celsius):\n    return celsius * 9 / 5 + 32",
    "keeps only the even numbers of a list": (
        "def {f}(numbers):\n    return [number for number in numbers if number % 2 == 0]"
    ),
    "adds a discount in percent to a price": (
        "def {f}(price, percent):\n    return price * (100 - percent) / 100"
    ),
    "swaps the keys and values of a dictionary": (
        "def {f}(table):\n    return {value: key for key, value in table.items()}"
    ),
    "returns the longest word of a sentence": (
        "def {f}(sentence):\n    return max(sentence.split(), key=len)"
    ),
    "merges two sorted lists": "def {f}(first, second):\n    return sorted(first + second)",
    "counts down from a number to zero": (
        "def {f}(number):\n    return list(range(number, -1, -1))"
    ),
}
"""What the function does, and the function; `{f}` stands for its name."""
