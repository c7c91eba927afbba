"""Who answers: one seam, a request in and a reply out."""
